//! How values of the model lie in columns.

pub(crate) mod jobs;

use std::collections::HashMap;

use chinwag_model::message::{Body, Message, Person};
use chinwag_model::retention::Announced;
use chinwag_model::{Days, MemberRole, Millis, Retention, Rev, Role, Room, RoomKind, Standing, User, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::database::{Database, DatabaseError, Row};

/// A user's role by its number. What a newer version wrote is as little as there is.
pub(crate) const fn role(number: i64) -> Role {
    match number {
        0 => Role::Member,
        1 => Role::Administrator,
        2 => Role::Moderator,
        3 => Role::Owner,
        _ => Role::Guest,
    }
}

/// The number of a user's role.
pub(crate) const fn role_number(role: Role) -> i64 {
    match role {
        Role::Member => 0,
        Role::Administrator => 1,
        Role::Moderator => 2,
        Role::Owner => 3,
        Role::Guest => 4,
    }
}

/// A user's standing by its number.
pub(crate) const fn standing(number: i64) -> Standing {
    match number {
        0 => Standing::Active,
        1 => Standing::Suspended,
        2 => Standing::Banned,
        _ => Standing::Gone,
    }
}

/// The number of a user's standing.
pub(crate) const fn standing_number(standing: Standing) -> i64 {
    match standing {
        Standing::Active => 0,
        Standing::Suspended => 1,
        Standing::Banned => 2,
        Standing::Gone => 3,
    }
}

/// A room's kind by its number. What a newer version wrote is not open.
pub(crate) const fn room_kind(number: i64) -> RoomKind {
    match number {
        0 => RoomKind::Open,
        2 => RoomKind::Direct,
        _ => RoomKind::Closed,
    }
}

/// The number of a room's kind.
pub(crate) const fn room_kind_number(kind: RoomKind) -> i64 {
    match kind {
        RoomKind::Open => 0,
        RoomKind::Closed => 1,
        RoomKind::Direct => 2,
    }
}

/// A member's role by its number.
pub(crate) const fn member_role(number: i64) -> MemberRole {
    if number == 1 { MemberRole::Owner } else { MemberRole::Member }
}

/// The number of a member's role.
pub(crate) const fn member_role_number(role: MemberRole) -> i64 {
    match role {
        MemberRole::Member => 0,
        MemberRole::Owner => 1,
    }
}

/// The columns of [`user`], of the table of users.
macro_rules! user_columns {
    () => {
        r#""user".id, "user".name, "user".role, "user".avatar, "user".status, "user".standing"#
    };
}
pub(crate) use user_columns;

/// Whether somebody in the table of users has a second factor.
macro_rules! has_second_factor {
    () => {
        r#"EXISTS (SELECT 1 FROM authenticator WHERE authenticator."user" = "user".id)"#
    };
}
pub(crate) use has_second_factor;

/// How many columns [`user_columns`] has.
pub(crate) const USER_COLUMNS: usize = 6;

/// A user from [`user_columns`], which come first.
pub(crate) fn user(row: &dyn Row) -> Result<User, DatabaseError> {
    Ok(User {
        id: row.get(0)?,
        name: row.get(1)?,
        role: row.get(2)?,
        avatar: row.get(3)?,
        status: row.get(4)?,
        gone: user_standing(row)? == Standing::Gone,
    })
}

/// Their standing, from the same columns.
pub(crate) fn user_standing(row: &dyn Row) -> Result<Standing, DatabaseError> {
    row.get(USER_COLUMNS - 1)
}

/// Somebody, as far as a line needs to know, from the columns `id, name, role, avatar`. Who has no row has no name.
pub(crate) fn person(row: &dyn Row, first: usize) -> Result<Person, DatabaseError> {
    let role: Option<Role> = row.get(first + 2)?;
    Ok(Person {
        id: row.get(first)?,
        name: row.get::<Option<String>>(first + 1)?.unwrap_or_default(),
        avatar: row.get::<Option<u32>>(first + 3)?.unwrap_or_default(),
        guest: role == Some(Role::Guest),
    })
}

/// The columns of [`room`], of the table `room`.
macro_rules! room_columns {
    () => {
        "room.id, room.name, room.kind, room.maker, room.at, room.rev, room.people, \
         room.keep_days, room.next_days, room.next_from, room.history_from"
    };
}
pub(crate) use room_columns;

/// How many columns [`room_columns`] has.
pub(crate) const ROOM_COLUMNS: usize = 11;

/// A room of which it is not known yet what the people are called whom it is between.
pub(crate) struct Nameless {
    room: Room,
    people: Vec<Uuid>,
}

/// A room from [`room_columns`], which come first.
pub(crate) fn room(row: &dyn Row) -> Result<Nameless, DatabaseError> {
    let people = row.get::<Option<Vec<u8>>>(6)?.unwrap_or_default();
    let people = people.chunks_exact(16).filter_map(|id| Uuid::from_slice(id).ok()).collect();
    let room = Room {
        id: row.get(0)?,
        name: row.get(1)?,
        kind: row.get(2)?,
        people: Vec::new(),
        maker: row.get(3)?,
        at: row.get(4)?,
        retention: retention(row, 7)?,
        history_from: row.get(10)?,
        rev: row.get(5)?,
    };
    Ok(Nameless { room, people })
}

/// For how long a room keeps its messages, from the columns `keep_days, next_days, next_from`.
fn retention(row: &dyn Row, first: usize) -> Result<Retention, DatabaseError> {
    let next = match row.get(first + 1)? {
        Some(next) => Some(Announced { days: days(next)?, from: row.get(first + 2)? }),
        None => None,
    };
    Ok(Retention { days: row.get::<Option<u32>>(first)?.map(days).transpose()?, next })
}

fn days(number: u32) -> Result<Days, DatabaseError> {
    Days::new(number).map_err(|_| DatabaseError::malformed(format!("nothing is kept for {number} days")))
}

/// Looks up who these rooms are between, all at once.
pub(crate) fn with_people<T>(
    database: &dyn Database,
    rooms: Vec<(Nameless, T)>,
) -> Result<Vec<(Room, T)>, DatabaseError> {
    let ids = between(&rooms);
    let people = if ids.is_empty() { Vec::new() } else { database.people(&ids)? };
    Ok(named(rooms, people))
}

/// All whom these rooms are between, each once.
pub(crate) fn between<T>(rooms: &[(Nameless, T)]) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = rooms.iter().flat_map(|(room, _)| &room.people).copied().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The rooms, with these people.
pub(crate) fn named<T>(rooms: Vec<(Nameless, T)>, people: Vec<Person>) -> Vec<(Room, T)> {
    let known: HashMap<UserId, Person> = people.into_iter().map(|person| (person.id, person)).collect();
    let named = rooms.into_iter().map(|(Nameless { room, people }, more)| {
        let people = people.iter().filter_map(|id| known.get(&UserId(*id)).cloned()).collect();
        (Room { people, ..room }, more)
    });
    named.collect()
}

/// One room, from a query for its columns.
pub(crate) fn first_room(
    database: &dyn Database,
    found: Option<Nameless>,
) -> Result<Option<Room>, DatabaseError> {
    let found = found.map(|room| (room, ())).into_iter().collect();
    Ok(with_people(database, found)?.pop().map(|(room, ())| room))
}

/// Begins a query for messages `m`, with their people's names beside them.
macro_rules! select_messages {
    ($rest:literal) => {
        concat!(
            "SELECT m.seq, m.rev, m.kind, m.author, author.name, author.role, author.avatar, ",
            "m.about, about.name, about.role, about.avatar, m.at, m.edited_at, m.deleted_at IS NOT NULL, m.text ",
            "FROM message AS m ",
            "LEFT JOIN \"user\" AS author ON author.id = m.author ",
            "LEFT JOIN \"user\" AS about ON about.id = m.about ",
            $rest
        )
    };
}
pub(crate) use select_messages;

/// How many columns [`select_messages`] has.
pub(crate) const MESSAGE_COLUMNS: usize = 15;

/// One message, by room and seq.
pub(crate) const SELECT_MESSAGE: &str = select_messages!("WHERE m.room = $1 AND m.seq = $2");

/// What kind of stream a row is; stored.
pub(crate) mod stream_kind {
    pub(crate) const ROOM: i64 = 1;
    pub(crate) const USER: i64 = 2;
    pub(crate) const WORKSPACE: i64 = 3;
}

/// What kind of line a message row is; stored.
pub(crate) mod line {
    pub(crate) const TEXT: i64 = 0;
    pub(crate) const JOINED: i64 = 1;
    pub(crate) const LEFT: i64 = 2;
    pub(crate) const REMOVED: i64 = 3;
    pub(crate) const ADDED: i64 = 4;
    /// Its text is a [`RetentionText`](super::RetentionText).
    pub(crate) const RETENTION: i64 = 5;
}

/// What a line about for how long messages are kept says: the JSON in its row.
#[derive(Serialize, Deserialize)]
struct RetentionText {
    days: Option<Days>,
    from: Millis,
}

/// The text in the row of a line about for how long messages are kept.
pub(crate) fn retention_text(days: Option<Days>, from: Millis) -> Result<String, DatabaseError> {
    serde_json::to_string(&RetentionText { days, from }).map_err(|error| DatabaseError(Box::new(error)))
}

/// A message from the columns of [`select_messages`].
pub(crate) fn message(row: &dyn Row) -> Result<Message, DatabaseError> {
    let author = person(row, 3)?;
    let deleted: bool = row.get(13)?;
    let body = match row.get::<i64>(2)? {
        _ if deleted => Body::Deleted,
        line::JOINED => Body::Joined,
        line::LEFT => Body::Left,
        line::REMOVED => Body::Removed { about: person(row, 7)? },
        line::ADDED => Body::Added { about: person(row, 7)? },
        line::RETENTION => {
            let text: String = row.get(14)?;
            match serde_json::from_str(&text) {
                Ok(RetentionText { days, from }) => Body::Retention { days, from },
                // A node of the version before takes it for a text, which its author may have edited there.
                Err(_) => Body::Text { text, edited_at: row.get::<Option<Millis>>(12)? },
            }
        }
        _ => Body::Text { text: row.get(14)?, edited_at: row.get::<Option<Millis>>(12)? },
    };
    Ok(Message { seq: row.get(0)?, rev: row.get::<Rev>(1)?, author, at: row.get(11)?, body })
}
