//! How values of the model lie in columns.

use chinwag_model::message::{Body, Message, Person};
use chinwag_model::{MemberRole, Millis, Rev, Role, Room, RoomId, RoomKind, User, UserId};
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use uuid::Uuid;

/// An id in a column.
#[derive(Clone, Copy)]
pub(super) struct Id(pub(super) Uuid);

impl ToSql for Id {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
    }
}

impl FromSql for Id {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Uuid::from_slice(value.as_blob()?).map(Self).map_err(FromSqlError::other)
    }
}

/// A revision in a column.
pub(super) fn rev(row: &Row<'_>, column: usize) -> rusqlite::Result<Rev> {
    row.get::<_, i64>(column).map(|number| Rev(number.unsigned_abs()))
}

/// A revision as a parameter.
pub(super) fn number(rev: Rev) -> i64 {
    i64::try_from(rev.0).unwrap_or(i64::MAX)
}

/// A limit as a parameter.
pub(super) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// A time in a column.
pub(super) fn millis(row: &Row<'_>, column: usize) -> rusqlite::Result<Millis> {
    row.get(column).map(Millis)
}

/// A user's role in a column.
pub(super) fn role(row: &Row<'_>, column: usize) -> rusqlite::Result<Role> {
    Ok(if row.get::<_, i64>(column)? == 1 { Role::Administrator } else { Role::Member })
}

/// A user's role as a parameter.
pub(super) fn role_number(role: Role) -> i64 {
    i64::from(role == Role::Administrator)
}

/// A member's role in a column.
pub(super) fn member_role(row: &Row<'_>, column: usize) -> rusqlite::Result<MemberRole> {
    Ok(if row.get::<_, i64>(column)? == 1 { MemberRole::Owner } else { MemberRole::Member })
}

/// A member's role as a parameter.
pub(super) fn member_role_number(role: MemberRole) -> i64 {
    i64::from(role == MemberRole::Owner)
}

/// A user from the columns `id, name, role`, the first of which is `first`.
pub(super) fn user(row: &Row<'_>, first: usize) -> rusqlite::Result<User> {
    Ok(User {
        id: UserId(row.get::<_, Id>(first)?.0),
        name: row.get(first + 1)?,
        role: role(row, first + 2)?,
    })
}

/// A room from the columns `id, name, kind, maker, at, rev`, which come first.
pub(super) fn room(row: &Row<'_>) -> rusqlite::Result<Room> {
    Ok(Room {
        id: RoomId(row.get::<_, Id>(0)?.0),
        name: row.get(1)?,
        kind: RoomKind::Open,
        maker: row.get::<_, Option<Id>>(3)?.map(|id| UserId(id.0)),
        at: millis(row, 4)?,
        rev: rev(row, 5)?,
    })
}

/// Begins a query for messages `m`, with their people's names beside them.
macro_rules! select_messages {
    ($rest:literal) => {
        concat!(
            "SELECT m.seq, m.rev, m.kind, m.author, author.name, m.about, about.name, m.at, m.edited_at, ",
            "m.deleted_at IS NOT NULL, m.text FROM message m ",
            "LEFT JOIN user author ON author.id = m.author LEFT JOIN user about ON about.id = m.about ",
            $rest
        )
    };
}
pub(super) use select_messages;

/// One message, by room and seq.
pub(super) const SELECT_MESSAGE: &str = select_messages!("WHERE m.room = ? AND m.seq = ?");

/// What kind of stream a row is; stored.
pub(super) mod stream_kind {
    pub(in crate::sqlite) const ROOM: i64 = 1;
    pub(in crate::sqlite) const USER: i64 = 2;
    pub(in crate::sqlite) const WORKSPACE: i64 = 3;
}

/// What kind of line a message row is; stored.
pub(super) mod line {
    pub(in crate::sqlite) const TEXT: i64 = 0;
    pub(in crate::sqlite) const JOINED: i64 = 1;
    pub(in crate::sqlite) const LEFT: i64 = 2;
    pub(in crate::sqlite) const REMOVED: i64 = 3;
}

/// A message from the columns of [`select_messages`].
pub(super) fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let person = |id: Uuid, name: Option<String>| Person { id: UserId(id), name: name.unwrap_or_default() };
    let author = person(row.get::<_, Id>(3)?.0, row.get(4)?);
    let deleted: bool = row.get(9)?;
    let body = match row.get::<_, i64>(2)? {
        _ if deleted => Body::Deleted,
        line::JOINED => Body::Joined,
        line::LEFT => Body::Left,
        line::REMOVED => Body::Removed { about: person(row.get::<_, Id>(5)?.0, row.get(6)?) },
        _ => Body::Text { text: row.get(10)?, edited_at: row.get::<_, Option<i64>>(8)?.map(Millis) },
    };
    Ok(Message { seq: rev(row, 0)?, rev: rev(row, 1)?, author, at: millis(row, 7)?, body })
}
