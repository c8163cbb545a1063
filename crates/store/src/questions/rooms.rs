//! Rooms: pages of their history, their members, and who is in them.

use chinwag_model::permission::{self, Action, Case};
use chinwag_model::{Cursor, Member, MemberRole, Refusal, Rev, Room, RoomId, StreamId, UserId};
use uuid::Uuid;

use super::people::person;
use super::permit::{permit, role};
use crate::commands::Installation;
use crate::database::{Database, DatabaseError, Failed, Row, parameters};
use crate::rows::{self, room_columns, select_messages, user_columns};
use crate::{ListedRoom, Me, Members, MyRoom, RoomPage, Workspace};

/// A stream's head.
pub(crate) fn head(database: &dyn Database, stream: StreamId) -> Result<Option<Rev>, DatabaseError> {
    database.first("SELECT head FROM stream WHERE id = $1", parameters![stream], |row| row.get(0))
}

/// A room's data.
pub(crate) fn room_data(database: &dyn Database, room: RoomId) -> Result<Option<Room>, DatabaseError> {
    let found = database.first(
        concat!("SELECT ", room_columns!(), " FROM room WHERE id = $1"),
        parameters![room],
        rows::room,
    )?;
    rows::first_room(database, found)
}

/// Somebody's membership: their role and where it began.
pub(crate) fn membership(
    database: &dyn Database,
    room: RoomId,
    user: UserId,
) -> Result<Option<(MemberRole, Rev)>, DatabaseError> {
    database.first(
        r#"SELECT role, since FROM member WHERE room = $1 AND "user" = $2"#,
        parameters![room, user],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// A room that somebody may read, with how many members it has and their own role in it.
pub(super) fn readable(
    database: &dyn Database,
    room: RoomId,
    user: UserId,
) -> Result<(Room, u64, MemberRole), Failed> {
    let found = database.first(
        concat!("SELECT ", room_columns!(), ", members FROM room WHERE id = $1"),
        parameters![room],
        |row| Ok((rows::room(row)?, row.get(rows::ROOM_COLUMNS)?)),
    )?;
    let found = rows::with_people(database, found.into_iter().collect())?.pop();
    let (data, members) = found.ok_or(Refusal::RoomUnknown)?;
    let membership = membership(database, room, user)?.map(|(role, _)| role);
    let case = Case::of(role(database, user)?, false).in_room(data.kind, membership);
    permission::check(Action::Read, case)?;
    Ok((data, members, membership.ok_or(Refusal::NotAMember)?))
}

pub(crate) fn me(database: &dyn Database, installation: Installation, user: UserId) -> Result<Me, Failed> {
    let person = person(database, user)?.ok_or(Refusal::UserUnknown)?;
    let rev = head(database, StreamId::from(user))?.unwrap_or_default();
    let rooms = database.all(
        concat!(
            "SELECT ",
            room_columns!(),
            ", member.role, stream.head
             FROM member JOIN room ON room.id = member.room JOIN stream ON stream.id = member.room
             WHERE member.user = $1 ORDER BY room.sort_key, room.id"
        ),
        parameters![user],
        |row| Ok((rows::room(row)?, (row.get(rows::ROOM_COLUMNS)?, row.get(rows::ROOM_COLUMNS + 1)?))),
    )?;
    let rooms = rows::with_people(database, rooms)?;
    let rooms = rooms.into_iter().map(|(room, (role, head))| MyRoom { room, role, head }).collect();
    Ok(Me { cursor: Cursor { epoch: installation.epoch, rev }, user: person, rooms })
}

pub(crate) fn workspace_page(
    database: &dyn Database,
    installation: Installation,
    user: UserId,
    after: Option<RoomId>,
    limit: usize,
) -> Result<Workspace, Failed> {
    let rev = head(database, installation.workspace)?.unwrap_or_default();
    let (sort_key, id) = match after {
        None => (String::new(), Uuid::nil()),
        Some(room) => database
            .first("SELECT sort_key FROM room WHERE id = $1 AND kind = 0", parameters![room], |row| {
                Ok((row.get(0)?, room.0))
            })?
            .ok_or(Refusal::RoomUnknown)?,
    };
    permit(database, Action::SeeOpenRooms, Some(user))?;
    let rooms = database.all(
        concat!(
            "SELECT ",
            room_columns!(),
            ", members,
               EXISTS (SELECT 1 FROM member WHERE member.room = room.id AND member.user = $1)
             FROM room WHERE kind = 0 AND (sort_key, id) > ($2, $3) ORDER BY sort_key, id LIMIT $4"
        ),
        parameters![user, &sort_key, id, limit + 1],
        |row| Ok((rows::room(row)?, (row.get(rows::ROOM_COLUMNS)?, row.get(rows::ROOM_COLUMNS + 1)?))),
    )?;
    let rooms = rows::with_people(database, rooms)?;
    let more = rooms.len() > limit;
    let rooms = rooms.into_iter().take(limit);
    let rooms = rooms.map(|(room, (members, joined))| ListedRoom { room, members, joined }).collect();
    Ok(Workspace { cursor: Cursor { epoch: installation.epoch, rev }, rooms, more })
}

pub(crate) fn room_page(
    database: &dyn Database,
    installation: Installation,
    room: RoomId,
    user: UserId,
    before: Option<Rev>,
    limit: usize,
) -> Result<RoomPage, Failed> {
    let (data, members, role) = readable(database, room, user)?;
    let rev = head(database, StreamId::from(room))?.unwrap_or_default();
    let mut messages = database.all(
        select_messages!("WHERE m.room = $1 AND m.seq < $2 ORDER BY m.seq DESC LIMIT $3"),
        parameters![room, before.unwrap_or(Rev(u64::MAX)), limit + 1],
        rows::message,
    )?;
    let more = messages.len() > limit;
    messages.truncate(limit);
    messages.reverse();
    let cursor = Cursor { epoch: installation.epoch, rev };
    Ok(RoomPage { cursor, room: data, role, members, messages, more })
}

pub(crate) fn members(
    database: &dyn Database,
    room: RoomId,
    user: UserId,
    after: Option<UserId>,
    limit: usize,
) -> Result<Members, Failed> {
    readable(database, room, user)?;
    let mut members = database.all(
        concat!(
            "SELECT ",
            user_columns!(),
            r#", member.role FROM member JOIN "user" ON "user".id = member.user
             WHERE member.room = $1 AND member.user > $2 ORDER BY member.user LIMIT $3"#
        ),
        parameters![room, after.map_or(Uuid::nil(), |id| id.0), limit + 1],
        member,
    )?;
    let more = members.len() > limit;
    members.truncate(limit);
    Ok(Members { members, more })
}

/// A member from [`user_columns`] and `member.role` behind them.
pub(crate) fn member(row: &dyn Row) -> Result<Member, DatabaseError> {
    Ok(Member::new(&rows::user(row)?, row.get(rows::USER_COLUMNS)?))
}
