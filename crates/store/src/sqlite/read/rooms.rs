//! Rooms: pages of their history, their members, and who is in them.

use chinwag_model::permission::{self, Action, Case};
use chinwag_model::{Cursor, Member, MemberRole, Message, Refusal, Rev, Room, RoomId, StreamId, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::permit::{permit, role};
use crate::sqlite::readers::ReadError;
use crate::sqlite::rows::{self, Id, number, room_columns, select_messages, user_columns};
use crate::sqlite::write::Installation;
use crate::{ListedRoom, Me, Members, MyRoom, RoomPage, Workspace};

/// A stream's head.
pub(super) fn head(connection: &Connection, stream: StreamId) -> rusqlite::Result<Option<Rev>> {
    connection
        .prepare_cached("SELECT head FROM stream WHERE id = ?")?
        .query_row([Id(stream.0)], |row| rows::rev(row, 0))
        .optional()
}

/// Somebody's membership: their role and where it began.
pub(super) fn membership(
    connection: &Connection,
    room: RoomId,
    user: UserId,
) -> rusqlite::Result<Option<(MemberRole, Rev)>> {
    connection
        .prepare_cached("SELECT role, since FROM member WHERE room = ? AND user = ?")?
        .query_row([Id(room.0), Id(user.0)], |row| Ok((rows::member_role(row, 0)?, rows::rev(row, 1)?)))
        .optional()
}

/// A room that somebody may read, with how many members it has and their own role in it.
fn readable(
    connection: &Connection,
    room: RoomId,
    user: UserId,
) -> Result<(Room, u64, MemberRole), ReadError> {
    let (data, members) = connection
        .prepare_cached(concat!("SELECT ", room_columns!(), ", members FROM room WHERE id = ?"))?
        .query_row([Id(room.0)], |row| Ok((rows::room(connection, row)?, count(row, rows::ROOM_COLUMNS)?)))
        .optional()?
        .ok_or(Refusal::RoomUnknown)?;
    let membership = membership(connection, room, user)?.map(|(role, _)| role);
    let case = Case::of(role(connection, user)?, false).in_room(data.kind, membership);
    permission::check(Action::Read, case)?;
    Ok((data, members, membership.ok_or(Refusal::NotAMember)?))
}

fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|number| number.max(0).unsigned_abs())
}

pub(in crate::sqlite) fn me(
    connection: &Connection,
    installation: Installation,
    user: UserId,
) -> Result<Me, ReadError> {
    let person = connection
        .prepare_cached(concat!("SELECT ", user_columns!("user"), " FROM user WHERE id = ?"))?
        .query_row([Id(user.0)], |row| rows::user(row, 0))
        .optional()?
        .ok_or(Refusal::UserUnknown)?;
    let rev = head(connection, StreamId::from(user))?.unwrap_or_default();
    let mut mine = connection.prepare_cached(concat!(
        "SELECT ",
        room_columns!(),
        ", member.role, stream.head
         FROM member JOIN room ON room.id = member.room JOIN stream ON stream.id = member.room
         WHERE member.user = ? ORDER BY room.sort_key, room.id"
    ))?;
    let rooms = mine
        .query_map([Id(user.0)], |row| {
            Ok(MyRoom {
                room: rows::room(connection, row)?,
                role: rows::member_role(row, rows::ROOM_COLUMNS)?,
                head: rows::rev(row, rows::ROOM_COLUMNS + 1)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Me { cursor: Cursor { epoch: installation.epoch, rev }, user: person, rooms })
}

pub(in crate::sqlite) fn workspace_page(
    connection: &Connection,
    installation: Installation,
    user: UserId,
    after: Option<RoomId>,
    limit: usize,
) -> Result<Workspace, ReadError> {
    let rev = head(connection, installation.workspace)?.unwrap_or_default();
    let (sort_key, id) = match after {
        None => (String::new(), uuid::Uuid::nil()),
        Some(room) => connection
            .prepare_cached("SELECT sort_key FROM room WHERE id = ? AND kind = 0")?
            .query_row([Id(room.0)], |row| Ok((row.get(0)?, room.0)))
            .optional()?
            .ok_or(Refusal::RoomUnknown)?,
    };
    permit(connection, Action::SeeOpenRooms, Some(user))?;
    let mut page = connection.prepare_cached(concat!(
        "SELECT ",
        room_columns!(),
        ", members,
                EXISTS (SELECT 1 FROM member WHERE member.room = room.id AND member.user = ?1)
         FROM room WHERE kind = 0 AND (sort_key, id) > (?2, ?3) ORDER BY sort_key, id LIMIT ?4"
    ))?;
    let mut rooms = page
        .query_map(params![Id(user.0), sort_key, Id(id), rows::limit(limit + 1)], |row| {
            let (room, next) = (rows::room(connection, row)?, rows::ROOM_COLUMNS);
            Ok(ListedRoom { room, members: count(row, next)?, joined: row.get(next + 1)? })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let more = rooms.len() > limit;
    rooms.truncate(limit);
    Ok(Workspace { cursor: Cursor { epoch: installation.epoch, rev }, rooms, more })
}

pub(in crate::sqlite) fn room_page(
    connection: &Connection,
    installation: Installation,
    room: RoomId,
    user: UserId,
    before: Option<Rev>,
    limit: usize,
) -> Result<RoomPage, ReadError> {
    let (data, members, role) = readable(connection, room, user)?;
    let rev = head(connection, StreamId::from(room))?.unwrap_or_default();
    let mut page = connection
        .prepare_cached(select_messages!("WHERE m.room = ? AND m.seq < ? ORDER BY m.seq DESC LIMIT ?"))?;
    let before = before.map_or(i64::MAX, number);
    let mut messages = page
        .query_map(params![Id(room.0), before, rows::limit(limit + 1)], rows::message)?
        .collect::<rusqlite::Result<Vec<Message>>>()?;
    let more = messages.len() > limit;
    messages.truncate(limit);
    messages.reverse();
    Ok(RoomPage {
        cursor: Cursor { epoch: installation.epoch, rev },
        room: data,
        role,
        members,
        messages,
        more,
    })
}

pub(in crate::sqlite) fn members(
    connection: &Connection,
    room: RoomId,
    user: UserId,
    after: Option<UserId>,
    limit: usize,
) -> Result<Members, ReadError> {
    readable(connection, room, user)?;
    let mut page = connection.prepare_cached(concat!(
        "SELECT ",
        user_columns!("user"),
        ", member.role FROM member JOIN user ON user.id = member.user
         WHERE member.room = ? AND member.user > ? ORDER BY member.user LIMIT ?"
    ))?;
    let after = after.map_or(uuid::Uuid::nil(), |id| id.0);
    let mut members = page
        .query_map(params![Id(room.0), Id(after), rows::limit(limit + 1)], member)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let more = members.len() > limit;
    members.truncate(limit);
    Ok(Members { members, more })
}

/// A member from [`user_columns`] and `member.role` behind them.
pub(super) fn member(row: &Row<'_>) -> rusqlite::Result<Member> {
    Ok(Member::new(&rows::user(row, 0)?, rows::member_role(row, rows::USER_COLUMNS)?))
}
