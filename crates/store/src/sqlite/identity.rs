//! Whether the database is the file that it was.
//!
//! Somebody who restores a copy of the data folder takes time back: revisions that clients have seen are given to other
//! changes. Clients find that out by the epoch, so a copy must get another. A copy is another file, which is known by its
//! number and its birth; a data folder that was only moved to another disk gets another epoch too, and its clients load
//! afresh once. A folder from which everything was moved to another database gets another epoch when it is used again, as
//! that database goes on with this one. A backup that is restored gets both at once, another epoch and what its new file is known by.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

use chinwag_model::{Epoch, RoomId, StreamId};
use rusqlite::{Connection, OptionalExtension};

use super::database::Id;
use super::moved;
use crate::commands::Installation;

/// The key in `meta` of what the file is known by.
pub(super) const KEY: &str = "identity";

/// Begins another epoch if this is not the file that the database was last opened as.
pub(super) fn check(connection: &Connection, database: &Path) -> rusqlite::Result<()> {
    let identity = identity(database)?;
    let known: Option<String> =
        connection.query_row("SELECT value FROM meta WHERE key = ?", [KEY], |row| row.get(0)).optional()?;
    if known.as_ref() == Some(&identity) {
        return Ok(());
    }
    if known.is_some() {
        tracing::warn!("the data folder was copied or restored: a new epoch begins, and clients load afresh");
        return begin_anew(connection, database);
    }
    remember(connection, &identity)
}

/// To be called before something is written that clients see. If everything was moved to another database, which goes on
/// with this epoch, another one begins here.
pub(super) fn take_up(connection: &Connection, database: &Path) -> rusqlite::Result<()> {
    let Some(place) = moved::place(connection)? else {
        return if moved::copy(connection)?.is_some() { moved::forget(connection) } else { Ok(()) };
    };
    tracing::warn!(
        "everything in this data folder was transferred to {place}, and what is written here from now on is not there: a \
         new epoch begins, and clients load afresh. If that is not what you want, stop this Chinwag and start it with \
         the other database"
    );
    begin_anew(connection, database)
}

/// Begins another epoch in this file.
pub(super) fn begin_anew(connection: &Connection, database: &Path) -> rusqlite::Result<()> {
    let identity = identity(database)?;
    let transaction = connection.unchecked_transaction()?;
    transaction.execute("UPDATE meta SET value = ? WHERE key = 'epoch'", [new_epoch()?])?;
    remember(&transaction, &identity)?;
    moved::forget(&transaction)?;
    transaction.commit()
}

fn remember(connection: &Connection, identity: &str) -> rusqlite::Result<()> {
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [KEY, identity]).map(|_| ())
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
