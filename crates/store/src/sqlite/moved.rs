//! That what is in a data folder is being copied to another database, or was.
//!
//! The copy goes on with the same epoch, so that clients need not load anything afresh. That is right as long as nothing
//! is written here beside it. So a copy has a number, which is noted here and there: whoever opens the folder to write
//! takes it away, and then what has been copied so far is worth nothing. Once the copy is to be used that is noted as
//! well, before it is told: who writes here after that begins another epoch.

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// The key in `meta` of the number of the copy that was begun last.
pub(super) const COPY: &str = "transfer";
/// The key in `meta` of where everything has gone, for people.
pub(super) const PLACE: &str = "transferred_to";

/// The number of the copy that was begun last, if nothing was written since.
pub(super) fn copy(connection: &Connection) -> rusqlite::Result<Option<Uuid>> {
    let number: Option<String> = value(connection, COPY)?;
    Ok(number.and_then(|number| number.parse().ok()))
}

/// Where everything has gone, if it has and nothing was written since.
pub(super) fn place(connection: &Connection) -> rusqlite::Result<Option<String>> {
    value(connection, PLACE)
}

/// Notes that a copy is begun.
pub(super) fn begin(connection: &Connection, copy: Uuid) -> rusqlite::Result<()> {
    note(connection, COPY, &copy.to_string())
}

/// Notes that the copy is to be used from now on.
pub(super) fn finish(connection: &Connection, place: &str) -> rusqlite::Result<()> {
    note(connection, PLACE, place)
}

/// Takes away what was noted: something is going to be written here.
pub(super) fn forget(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM meta WHERE key IN (?, ?)", params![COPY, PLACE]).map(drop)
}

fn value(connection: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    connection.query_row("SELECT value FROM meta WHERE key = ?", [key], |row| row.get(0)).optional()
}

fn note(connection: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", [key, value]).map(drop)
}
