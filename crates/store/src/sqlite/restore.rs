//! A data folder made from a backup.
//!
//! Everything happens in a file that no server looks for; it becomes the database when it is whole, synced, and of a new
//! epoch: what clients have seen since the backup was made may be other changes now.

mod error;
mod source;
mod target;

use std::io;
use std::path::Path;

use chinwag_model::Millis;
use rusqlite::config::DbConfig;

pub use self::error::RestoreError;
use self::source::Source;
use self::target::Target;
use super::backup::trailer::Trailer;
use super::identity;
use super::open::APPLICATION_ID;
use super::unfinished::{Unfinished, set_journal};
use crate::progress::Progress;

/// Between two looks whether to stop, in steps of SQLite's.
const ADOPT_STEPS: i32 = 1_000;

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The moment that everything is of.
    pub made_at: Millis,
    /// How many have an account.
    pub people: u64,
    /// How many rooms there are.
    pub rooms: u64,
}

/// Makes a data folder from a backup. The folder is missing or empty. Blocks for as long as that takes.
///
/// # Errors
/// [`RestoreError`]: the file is no whole backup, the folder is in use or not empty, or cannot be written. Nothing is
/// left behind.
pub fn restore(file: &Path, folder: &Path, progress: &Progress) -> Result<Restored, RestoreError> {
    let source = Source::open(file)?;
    let target = Target::take(folder)?;
    let writing = |reason: io::Error| RestoreError::writing(folder, reason);
    let database = target.create().map_err(writing)?;
    source.copy_to(database.file(), folder, progress)?;
    let adopted = adopt(&database, &source.trailer, progress);
    let restored = adopted.map_err(|reason| match progress.is_stopped() {
        true => RestoreError::Stopped,
        false => RestoreError::changing(file, folder, reason),
    })?;
    let Some(restored) = restored else { return Err(RestoreError::Damaged(file.to_owned())) };
    if database.has_files_beside() {
        return Err(writing(io::Error::other("SQLite left a journal")));
    }
    target.finish(database).map_err(writing)?;
    Ok(restored)
}

/// Makes the copy a database of its own. `None` if it is not what the trailer says.
fn adopt(
    database: &Unfinished,
    trailer: &Trailer,
    progress: &Progress,
) -> rusqlite::Result<Option<Restored>> {
    let mut connection = database.connect()?;
    // Whoever made the file may have put something into it that never ends.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    let looker = progress.clone();
    connection.progress_handler(ADOPT_STEPS, Some(move || looker.is_stopped()))?;
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    if number("PRAGMA application_id")? != APPLICATION_ID || number("PRAGMA user_version")? != trailer.format
    {
        return Ok(None);
    }
    identity::begin_anew(&connection, database.path())?;
    let restored = Restored {
        made_at: trailer.made_at,
        people: number("SELECT count(*) FROM user")?.unsigned_abs(),
        rooms: number("SELECT count(*) FROM room")?.unsigned_abs(),
    };
    // As a server leaves it: a first start beside a backup would have to wait for that to set this.
    set_journal(&connection, "wal")?;
    connection.close().map_err(|(_, reason)| reason)?;
    Ok(Some(restored))
}
