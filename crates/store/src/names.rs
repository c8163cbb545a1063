//! Names of people and rooms: who has one, and how they are found.

use chinwag_model::{Refusal, RoomId, RoomName, UserId, UserName};
use uuid::Uuid;

use crate::database::{Database, DatabaseError, Failed, parameters};

/// What people are called whose accounts were deleted.
pub(crate) const FORMER_MEMBER: &str = "former member";
/// What guests are called who are gone.
pub(crate) const FORMER_GUEST: &str = "former guest";

/// Where names are kept: by how they look, so that no two look alike, and by what they are found by.
struct Register {
    /// Takes a look, if it is free; answers who has it.
    take: &'static str,
    /// Gives a look back.
    give_back: &'static str,
    /// Lets somebody be found by a key.
    index: &'static str,
    /// Lets somebody be found no more.
    hide: &'static str,
}

const PEOPLE: Register = Register {
    take: r#"INSERT INTO user_look (look, "user") VALUES ($1, $2)
             ON CONFLICT (look) DO UPDATE SET "user" = user_look."user" RETURNING "user""#,
    give_back: r#"DELETE FROM user_look WHERE look = $1 AND "user" = $2"#,
    index: r#"INSERT INTO user_search (key, "user") VALUES ($1, $2) ON CONFLICT DO NOTHING"#,
    hide: r#"DELETE FROM user_search WHERE "user" = $1"#,
};

const ROOMS: Register = Register {
    take: "INSERT INTO room_look (look, room) VALUES ($1, $2)
           ON CONFLICT (look) DO UPDATE SET room = room_look.room RETURNING room",
    give_back: "DELETE FROM room_look WHERE look = $1 AND room = $2",
    index: "INSERT INTO room_search (key, room) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    hide: "DELETE FROM room_search WHERE room = $1",
};

impl Register {
    fn take<'a>(
        &self,
        database: &dyn Database,
        id: Uuid,
        looks: impl IntoIterator<Item = &'a String>,
    ) -> Result<(), Failed> {
        for look in looks {
            let holder = database.first(self.take, parameters![look, id], |row| row.get::<Uuid>(0))?;
            if holder.is_some_and(|holder| holder != id) {
                return Err(Refusal::NameTaken.into());
            }
        }
        Ok(())
    }

    fn give_back<'a>(
        &self,
        database: &dyn Database,
        id: Uuid,
        looks: impl IntoIterator<Item = &'a String>,
    ) -> Result<(), DatabaseError> {
        for look in looks {
            database.write(self.give_back, parameters![look, id])?;
        }
        database.write(self.hide, parameters![id])
    }

    fn index(
        &self,
        database: &dyn Database,
        id: Uuid,
        keys: impl IntoIterator<Item = String>,
    ) -> Result<(), DatabaseError> {
        for key in keys {
            database.write(self.index, parameters![&key, id])?;
        }
        Ok(())
    }
}

/// Gives a name to somebody, unless it looks like another's.
pub(crate) fn claim_user(database: &dyn Database, user: UserId, name: &UserName) -> Result<(), Failed> {
    PEOPLE.take(database, user.0, name.looks())?;
    Ok(index_user(database, user, name)?)
}

/// Takes somebody's name away: others may have it.
pub(crate) fn release_user(database: &dyn Database, user: UserId) -> Result<(), DatabaseError> {
    // By the name that they have: looks have no index by user.
    let name: Option<String> =
        database.first(r#"SELECT name FROM "user" WHERE id = $1"#, parameters![user], |row| row.get(0))?;
    let name = name.and_then(|name| UserName::parse(&name).ok());
    PEOPLE.give_back(database, user.0, name.iter().flat_map(UserName::looks))
}

/// Lets a name be found.
pub(crate) fn index_user(
    database: &dyn Database,
    user: UserId,
    name: &UserName,
) -> Result<(), DatabaseError> {
    PEOPLE.index(database, user.0, name.search_keys())
}

/// Gives a name to a room, unless it looks like another's.
pub(crate) fn claim_room(database: &dyn Database, room: RoomId, name: &RoomName) -> Result<(), Failed> {
    ROOMS.take(database, room.0, name.looks())?;
    Ok(index_room(database, room, name)?)
}

/// Takes a room's name away: others may have it.
pub(crate) fn release_room(database: &dyn Database, room: RoomId, name: &str) -> Result<(), DatabaseError> {
    let name = RoomName::parse(name).ok();
    ROOMS.give_back(database, room.0, name.iter().flat_map(RoomName::looks))
}

/// Lets a name be found.
pub(crate) fn index_room(
    database: &dyn Database,
    room: RoomId,
    name: &RoomName,
) -> Result<(), DatabaseError> {
    ROOMS.index(database, room.0, name.search_keys())
}
