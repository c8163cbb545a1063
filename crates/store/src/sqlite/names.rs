//! Names of people and rooms: who has one, and how they are found.

use chinwag_model::{Refusal, RoomName, UserName};
use rusqlite::{Connection, OptionalExtension, params};

use super::rows::Id;
use super::writer::WriteError;

/// What people are called whose accounts were deleted.
pub(super) const FORMER_MEMBER: &str = "former member";
/// What guests are called who are gone.
pub(super) const FORMER_GUEST: &str = "former guest";

/// Gives a name to somebody, unless it looks like another's.
pub(super) fn claim_user(connection: &Connection, user: Id, name: &UserName) -> Result<(), WriteError> {
    for look in name.looks() {
        let holder = connection
            .prepare_cached(
                "INSERT INTO user_look (look, user) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET user = user RETURNING user",
            )?
            .query_row(params![look, user], |row| row.get::<_, Id>(0))
            .optional()?;
        if holder.is_some_and(|holder| holder.0 != user.0) {
            return Err(Refusal::NameTaken.into());
        }
    }
    Ok(index_user(connection, user, name)?)
}

/// Takes somebody's name away: others may have it.
pub(super) fn release_user(connection: &Connection, user: Id) -> rusqlite::Result<()> {
    // By the names that they are found by: looks have no index by user, and few of them are theirs.
    let mut names = connection.prepare_cached("SELECT name FROM user WHERE id = ?")?;
    if let Some(name) = names.query_row([user], |row| row.get::<_, String>(0)).optional()?
        && let Ok(name) = UserName::parse(&name)
    {
        let mut remove = connection.prepare_cached("DELETE FROM user_look WHERE look = ? AND user = ?")?;
        for look in name.looks() {
            remove.execute(params![look, user])?;
        }
    }
    connection.prepare_cached("DELETE FROM user_search WHERE user = ?")?.execute([user]).map(|_| ())
}

/// Lets a name be found.
pub(super) fn index_user(connection: &Connection, user: Id, name: &UserName) -> rusqlite::Result<()> {
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO user_search (key, user) VALUES (?, ?)")?;
    for key in name.search_keys() {
        insert.execute(params![key, user])?;
    }
    Ok(())
}

/// Gives a name to a room, unless it looks like another's.
pub(super) fn claim_room(connection: &Connection, room: Id, name: &RoomName) -> Result<(), WriteError> {
    for look in name.looks() {
        let holder = connection
            .prepare_cached(
                "INSERT INTO room_look (look, room) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET room = room RETURNING room",
            )?
            .query_row(params![look, room], |row| row.get::<_, Id>(0))
            .optional()?;
        if holder.is_some_and(|holder| holder.0 != room.0) {
            return Err(Refusal::NameTaken.into());
        }
    }
    Ok(index_room(connection, room, name)?)
}

/// Takes a room's name away.
pub(super) fn release_room(connection: &Connection, room: Id, name: &str) -> rusqlite::Result<()> {
    if let Ok(name) = RoomName::parse(name) {
        let mut remove = connection.prepare_cached("DELETE FROM room_look WHERE look = ? AND room = ?")?;
        for look in name.looks() {
            remove.execute(params![look, room])?;
        }
    }
    connection.prepare_cached("DELETE FROM room_search WHERE room = ?")?.execute([room]).map(|_| ())
}

/// Lets a name be found.
pub(super) fn index_room(connection: &Connection, room: Id, name: &RoomName) -> rusqlite::Result<()> {
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO room_search (key, room) VALUES (?, ?)")?;
    for key in name.search_keys() {
        insert.execute(params![key, room])?;
    }
    Ok(())
}
