//! How values of the model lie in columns.

use chinwag_model::message::{Body, Message, Person};
use chinwag_model::{MemberRole, Millis, Rev, Role, Room, RoomId, RoomKind, Standing, User, UserId};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row};
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

/// A user's role in a column. What a newer version wrote is as little as there is.
pub(super) fn role(row: &Row<'_>, column: usize) -> rusqlite::Result<Role> {
    Ok(match row.get::<_, i64>(column)? {
        0 => Role::Member,
        1 => Role::Administrator,
        2 => Role::Moderator,
        3 => Role::Owner,
        _ => Role::Guest,
    })
}

/// A user's role as a parameter.
pub(super) const fn role_number(role: Role) -> i64 {
    match role {
        Role::Member => 0,
        Role::Administrator => 1,
        Role::Moderator => 2,
        Role::Owner => 3,
        Role::Guest => 4,
    }
}

/// A user's standing in a column.
pub(super) fn standing(row: &Row<'_>, column: usize) -> rusqlite::Result<Standing> {
    Ok(match row.get::<_, i64>(column)? {
        0 => Standing::Active,
        1 => Standing::Suspended,
        2 => Standing::Banned,
        _ => Standing::Gone,
    })
}

/// A user's standing as a parameter.
pub(super) const fn standing_number(standing: Standing) -> i64 {
    match standing {
        Standing::Active => 0,
        Standing::Suspended => 1,
        Standing::Banned => 2,
        Standing::Gone => 3,
    }
}

/// A room's kind in a column. What a newer version wrote is not open.
pub(super) fn room_kind(row: &Row<'_>, column: usize) -> rusqlite::Result<RoomKind> {
    Ok(match row.get::<_, i64>(column)? {
        0 => RoomKind::Open,
        2 => RoomKind::Direct,
        _ => RoomKind::Closed,
    })
}

/// A room's kind as a parameter.
pub(super) const fn room_kind_number(kind: RoomKind) -> i64 {
    match kind {
        RoomKind::Open => 0,
        RoomKind::Closed => 1,
        RoomKind::Direct => 2,
    }
}

/// A member's role in a column.
pub(super) fn member_role(row: &Row<'_>, column: usize) -> rusqlite::Result<MemberRole> {
    Ok(if row.get::<_, i64>(column)? == 1 { MemberRole::Owner } else { MemberRole::Member })
}

/// A member's role as a parameter.
pub(super) fn member_role_number(role: MemberRole) -> i64 {
    i64::from(role == MemberRole::Owner)
}

/// The columns of [`user`], of the table or alias that is named.
macro_rules! user_columns {
    ($table:literal) => {
        concat!(
            $table,
            ".id, ",
            $table,
            ".name, ",
            $table,
            ".role, ",
            $table,
            ".avatar, ",
            $table,
            ".status, ",
            $table,
            ".standing"
        )
    };
}
pub(super) use user_columns;

/// How many columns [`user_columns`] has.
pub(super) const USER_COLUMNS: usize = 6;

/// A user from [`user_columns`], the first of which is `first`.
pub(super) fn user(row: &Row<'_>, first: usize) -> rusqlite::Result<User> {
    Ok(User {
        id: UserId(row.get::<_, Id>(first)?.0),
        name: row.get(first + 1)?,
        role: role(row, first + 2)?,
        avatar: row.get(first + 3)?,
        status: row.get(first + 4)?,
        gone: standing(row, first + 5)? == Standing::Gone,
    })
}

/// Somebody, as far as a line needs to know, from the columns `id, name, role, avatar`. Who has no row has no name.
pub(super) fn person(row: &Row<'_>, first: usize) -> rusqlite::Result<Person> {
    let known = row.get::<_, Option<i64>>(first + 2)?.is_some();
    Ok(Person {
        id: UserId(row.get::<_, Id>(first)?.0),
        name: row.get::<_, Option<String>>(first + 1)?.unwrap_or_default(),
        avatar: row.get::<_, Option<u32>>(first + 3)?.unwrap_or_default(),
        guest: known && role(row, first + 2)? == Role::Guest,
    })
}

/// The columns of [`room`], of the table `room`.
macro_rules! room_columns {
    () => {
        "room.id, room.name, room.kind, room.maker, room.at, room.rev, room.people"
    };
}
pub(super) use room_columns;

/// How many columns [`room_columns`] has.
pub(super) const ROOM_COLUMNS: usize = 7;

/// A room from [`room_columns`], which come first. Who a direct conversation is between is looked up.
pub(super) fn room(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<Room> {
    let mut people = Vec::new();
    if let Some(ids) = row.get_ref(6)?.as_blob_or_null()? {
        let mut look = connection.prepare_cached("SELECT id, name, role, avatar FROM user WHERE id = ?")?;
        for id in ids.chunks(16) {
            people.extend(look.query_row([id], |row| person(row, 0)).optional()?);
        }
    }
    Ok(Room {
        id: RoomId(row.get::<_, Id>(0)?.0),
        name: row.get(1)?,
        kind: room_kind(row, 2)?,
        people,
        maker: row.get::<_, Option<Id>>(3)?.map(|id| UserId(id.0)),
        at: millis(row, 4)?,
        rev: rev(row, 5)?,
    })
}

/// Begins a query for messages `m`, with their people's names beside them.
macro_rules! select_messages {
    ($rest:literal) => {
        concat!(
            "SELECT m.seq, m.rev, m.kind, m.author, author.name, author.role, author.avatar, ",
            "m.about, about.name, about.role, about.avatar, m.at, m.edited_at, m.deleted_at IS NOT NULL, m.text ",
            "FROM message m ",
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
    pub(in crate::sqlite) const ADDED: i64 = 4;
}

/// A message from the columns of [`select_messages`].
pub(super) fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let author = person(row, 3)?;
    let deleted: bool = row.get(13)?;
    let body = match row.get::<_, i64>(2)? {
        _ if deleted => Body::Deleted,
        line::JOINED => Body::Joined,
        line::LEFT => Body::Left,
        line::REMOVED => Body::Removed { about: person(row, 7)? },
        line::ADDED => Body::Added { about: person(row, 7)? },
        _ => Body::Text { text: row.get(14)?, edited_at: row.get::<_, Option<i64>>(12)?.map(Millis) },
    };
    Ok(Message { seq: rev(row, 0)?, rev: rev(row, 1)?, author, at: millis(row, 11)?, body })
}
