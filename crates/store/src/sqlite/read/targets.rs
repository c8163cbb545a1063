//! The present state of what a change row names.

use chinwag_model::change::State;
use chinwag_model::{Body, ChangeKind, Rev, RoomId, StreamId, User, UserId};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::rooms::{member, membership};
use crate::sqlite::rows::{self, Id, SELECT_MESSAGE, number, room_columns, user_columns};

/// What a change row names.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Target {
    /// A message of the room.
    Seq(Rev),
    /// A user or a room.
    Id(Uuid),
}

/// The state of a target now; `None` if it is gone without a trace.
pub(super) fn present_state(
    connection: &Connection,
    stream: StreamId,
    kind: ChangeKind,
    target: Target,
) -> rusqlite::Result<Option<State>> {
    Ok(match (kind, target) {
        (ChangeKind::Message, Target::Seq(seq)) => connection
            .prepare_cached(SELECT_MESSAGE)?
            .query_row(params![Id(stream.0), number(seq)], rows::message)
            .optional()?
            .map(State::Message),
        (ChangeKind::Member, Target::Id(user)) => {
            let found = connection
                .prepare_cached(concat!(
                    "SELECT ",
                    user_columns!("user"),
                    ", member.role FROM member JOIN user ON user.id = member.user
                     WHERE member.room = ? AND member.user = ?"
                ))?
                .query_row([Id(stream.0), Id(user)], member)
                .optional()?;
            Some(found.map_or(State::MemberGone(UserId(user)), State::Member))
        }
        (ChangeKind::Room, Target::Id(room)) => room_data(connection, RoomId(room))?.map(State::Room),
        (ChangeKind::Membership, Target::Id(room)) => {
            let room = RoomId(room);
            let here = membership(connection, room, stream.as_user())?;
            match (here, room_data(connection, room)?) {
                (Some((role, _)), Some(room)) => Some(State::Membership { room, role }),
                _ => Some(State::MembershipGone { room, why: None }),
            }
        }
        (ChangeKind::Person, Target::Id(user)) => person(connection, UserId(user))?.map(State::Person),
        (ChangeKind::Message, Target::Id(_)) | (_, Target::Seq(_)) => None,
    })
}

/// Somebody, as everybody may see them.
pub(super) fn person(connection: &Connection, user: UserId) -> rusqlite::Result<Option<User>> {
    connection
        .prepare_cached(concat!("SELECT ", user_columns!("user"), " FROM user WHERE id = ?"))?
        .query_row([Id(user.0)], |row| rows::user(row, 0))
        .optional()
}

fn room_data(connection: &Connection, room: RoomId) -> rusqlite::Result<Option<chinwag_model::Room>> {
    connection
        .prepare_cached(concat!("SELECT ", room_columns!(), " FROM room WHERE id = ?"))?
        .query_row([Id(room.0)], |row| rows::room(connection, row))
        .optional()
}

/// About how many bytes a state takes in an answer.
pub(super) fn size(state: &State) -> usize {
    const FRAME: usize = 200;
    match state {
        State::Message(message) => match &message.body {
            Body::Text { text, .. } => FRAME + text.len(),
            _ => FRAME,
        },
        _ => FRAME,
    }
}
