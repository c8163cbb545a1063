//! Whether the database is the file that it was.
//!
//! Somebody who restores a copy of the data folder takes time back: revisions that clients have seen are given to other
//! changes. Clients find that out by the epoch, so a copy must get another. A copy is another file, which is known by its
//! number and its birth; a data folder that was only moved to another disk gets another epoch too, and its clients load
//! afresh once. A backup that is restored gets both at once, another epoch and what its new file is known by.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

use chinwag_model::{Epoch, RoomId, StreamId};
use rusqlite::{Connection, OptionalExtension};

use super::database::Id;
use crate::commands::Installation;

/// Begins another epoch if this is not the file that the database was last opened as.
pub(super) fn check(connection: &Connection, database: &Path) -> rusqlite::Result<()> {
    let identity = identity(database)?;
    let known: Option<String> = connection
        .query_row("SELECT value FROM meta WHERE key = 'identity'", [], |row| row.get(0))
        .optional()?;
    if known.as_ref() == Some(&identity) {
        return Ok(());
    }
    if known.is_some() {
        tracing::warn!("the data folder was copied or restored: a new epoch begins, and clients load afresh");
        return begin_anew(connection, database);
    }
    remember(connection, &identity)
}

/// Begins another epoch in this file.
pub(super) fn begin_anew(connection: &Connection, database: &Path) -> rusqlite::Result<()> {
    let identity = identity(database)?;
    let transaction = connection.unchecked_transaction()?;
    transaction.execute("UPDATE meta SET value = ? WHERE key = 'epoch'", [new_epoch()?])?;
    remember(&transaction, &identity)?;
    transaction.commit()
}

fn remember(connection: &Connection, identity: &str) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO meta VALUES ('identity', ?)";
    connection.execute(sql, [identity]).map(|_| ())
}

/// A fresh epoch, as it is stored.
pub(super) fn new_epoch() -> rusqlite::Result<i64> {
    let random = getrandom::u64()
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.to_string().into()))?;
    // Without the sign.
    Ok((random >> 1).cast_signed())
}

/// What a file is known by: its number and, where the file system tells, its birth.
fn identity(file: &Path) -> rusqlite::Result<String> {
    let metadata = std::fs::metadata(file);
    let metadata = metadata.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let born = metadata.created().ok().and_then(|born| born.duration_since(SystemTime::UNIX_EPOCH).ok());
    Ok(format!("{} {}", metadata.ino(), born.map_or(0, |born| born.as_nanos())))
}

/// What is true of the whole installation.
pub(super) fn installation(connection: &Connection) -> rusqlite::Result<Installation> {
    let id = |key: &str| {
        connection.query_row("SELECT value FROM meta WHERE key = ?", [key], |row| row.get::<_, Id>(0))
    };
    let epoch: i64 =
        connection.query_row("SELECT value FROM meta WHERE key = 'epoch'", [], |row| row.get(0))?;
    Ok(Installation {
        epoch: Epoch(epoch.unsigned_abs()),
        workspace: StreamId(id("workspace")?.0),
        landing_room: RoomId(id("landing_room")?.0),
    })
}
