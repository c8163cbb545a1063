//! The present state of what a change row names.

use chinwag_model::change::State;
use chinwag_model::{ChangeKind, RoomId, StreamId, UserId};

use crate::commands::Target;
use crate::database::{Database, DatabaseError, parameters};
use crate::questions::{member, membership, person, room_data};
use crate::rows::{self, SELECT_MESSAGE, user_columns};

/// The state of a target now; `None` if it is gone without a trace.
pub(super) fn present_state(
    database: &dyn Database,
    stream: StreamId,
    kind: ChangeKind,
    target: Target,
) -> Result<Option<State>, DatabaseError> {
    Ok(match (kind, target) {
        (ChangeKind::Message, Target::Seq(seq)) => {
            database.first(SELECT_MESSAGE, parameters![stream, seq], rows::message)?.map(State::Message)
        }
        (ChangeKind::Member, Target::Id(user)) => {
            let found = database.first(
                concat!(
                    "SELECT ",
                    user_columns!(),
                    r#", member.role FROM member JOIN "user" ON "user".id = member.user
                     WHERE member.room = $1 AND member.user = $2"#
                ),
                parameters![stream, user],
                member,
            )?;
            Some(found.map_or(State::MemberGone(UserId(user)), State::Member))
        }
        (ChangeKind::Room, Target::Id(room)) => room_data(database, RoomId(room))?.map(State::Room),
        (ChangeKind::Membership, Target::Id(room)) => {
            let room = RoomId(room);
            let here = membership(database, room, stream.as_user())?;
            match (here, room_data(database, room)?) {
                (Some((role, _)), Some(room)) => Some(State::Membership { room, role }),
                _ => Some(State::MembershipGone { room, why: None }),
            }
        }
        (ChangeKind::Person, Target::Id(user)) => person(database, UserId(user))?.map(State::Person),
        (ChangeKind::Message, Target::Id(_)) | (_, Target::Seq(_)) => None,
    })
}
