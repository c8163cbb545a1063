//! Migrations: numbered, append-only, each in a transaction of its own.

use chinwag_model::{RoomId, RoomName, StreamId, UserId, UserName};
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::database::{Id, cause};
use super::identity::new_epoch;
use crate::commands::now;
use crate::names;
use crate::rows::stream_kind;

/// All migrations ever, in order: the number of a format is its place here, from 1. None is ever changed once released.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_accounts.sql"),
    include_str!("migrations/0003_jobs.sql"),
    include_str!("migrations/0004_search.sql"),
    include_str!("migrations/0005_nodes.sql"),
    include_str!("migrations/0006_retention.sql"),
    include_str!("migrations/0007_thumbnails.sql"),
    include_str!("migrations/0008_ways_in.sql"),
];

/// The newest format that this version knows.
pub(super) const KNOWN: i64 = MIGRATIONS.len() as i64;

/// The name of the room where everybody lands.
const LANDING_ROOM: &str = "lobby";

/// Why a database could not be brought to the present schema.
#[derive(Debug)]
pub(super) enum MigrateError {
    Foreign,
    Newer {
        found: i64,
        known: i64,
    },
    /// Somebody else has what is left of a log open.
    Held,
    /// What is left of a log cannot be written again.
    Log(std::io::Error),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for MigrateError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Runs what is missing.
pub(super) fn run(connection: &mut Connection) -> Result<(), MigrateError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > KNOWN {
        return Err(MigrateError::Newer { found, known: KNOWN });
    }
    for (number, sql) in (1..).zip(MIGRATIONS) {
        if number <= found {
            continue;
        }
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        match number {
            1 => found_workspace(&transaction)?,
            2 => index_names(&transaction)?,
            _ => {}
        }
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
        tracing::info!(format = number, "the database was brought to a new format");
    }
    Ok(())
}

/// What a new installation starts with: its epoch, the workspace's stream, and the room where everybody lands.
fn found_workspace(connection: &Connection) -> rusqlite::Result<()> {
    let workspace = StreamId(Uuid::now_v7());
    let room = StreamId(Uuid::now_v7());
    let name = RoomName::parse(LANDING_ROOM)
        .map_err(|refusal| rusqlite::Error::ToSqlConversionFailure(refusal.into()))?;
    let at = now();

    let mut meta = connection.prepare("INSERT INTO meta (key, value) VALUES (?, ?)")?;
    meta.execute(params!["epoch", new_epoch()?])?;
    meta.execute(params!["workspace", Id(workspace.0)])?;
    meta.execute(params!["landing_room", Id(room.0)])?;

    let mut stream = connection.prepare("INSERT INTO stream VALUES (?, ?, 1, 0, ?)")?;
    stream.execute(params![Id(room.0), stream_kind::ROOM, at.0])?;
    stream.execute(params![Id(workspace.0), stream_kind::WORKSPACE, at.0])?;
    let mut change = connection.prepare("INSERT INTO change VALUES (?, 1, 3, ?)")?;
    change.execute(params![Id(room.0), Id(room.0)])?;
    change.execute(params![Id(workspace.0), Id(room.0)])?;

    connection.execute(
        "INSERT INTO room (id, name, sort_key, kind, maker, at, rev, members) VALUES (?, ?, ?, 0, NULL, ?, 1, 0)",
        params![Id(room.0), name.as_str(), name.sort_key(), at.0],
    )?;
    for look in name.looks() {
        connection.execute("INSERT OR IGNORE INTO room_look VALUES (?, ?)", params![look, Id(room.0)])?;
    }
    Ok(())
}

/// Makes the names that there are sortable and searchable, and reserves those of people who are gone.
fn index_names(connection: &Connection) -> rusqlite::Result<()> {
    let mut people = connection.prepare("SELECT id, name FROM user")?;
    let mut people = people.query([])?;
    while let Some(row) = people.next()? {
        let (id, name): (Id, String) = (row.get(0)?, row.get(1)?);
        if let Ok(name) = UserName::parse(&name) {
            connection.execute("UPDATE user SET sort_key = ? WHERE id = ?", params![name.sort_key(), id])?;
            names::index_user(connection, UserId(id.0), &name).map_err(cause)?;
        }
    }
    let mut rooms = connection.prepare("SELECT id, name FROM room")?;
    let mut rooms = rooms.query([])?;
    while let Some(row) = rooms.next()? {
        let (id, name): (Id, String) = (row.get(0)?, row.get(1)?);
        if let Ok(name) = RoomName::parse(&name) {
            names::index_room(connection, RoomId(id.0), &name).map_err(cause)?;
        }
    }
    for name in [names::FORMER_MEMBER, names::FORMER_GUEST] {
        let looks = UserName::parse(name).map(|name| name.looks().clone()).unwrap_or_default();
        for look in looks {
            connection
                .execute("INSERT OR IGNORE INTO user_look VALUES (?, ?)", params![look, Id(Uuid::nil())])?;
        }
    }
    Ok(())
}
