//! Sealing: from the log, in order of the keys, to where they stay.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::Key;
use super::filter::Filter;
use crate::commands::Entry;
use crate::sqlite::database::Id;

/// How many nonces are sealed with one batch: more than a batch brings, so that sealing is done long before the log is
/// full again, and few enough to take less than half a millisecond.
const STEP: usize = 512;
/// How many rows of the log, or of a dropped segment, are deleted at once.
const DELETE: usize = 1_024;

/// A part of the log that is being sealed.
pub(super) struct Sealing {
    id: i64,
    log_to: i64,
    entries: HashMap<Key, Entry>,
    /// The keys in order.
    keys: Vec<Key>,
    /// How many of them are written.
    written: usize,
}

impl Sealing {
    /// Begins to seal the log up to its row `log_to`, as the segment `id`.
    pub(super) fn begin(id: i64, entries: HashMap<Key, Entry>, log_to: i64) -> Self {
        let mut keys: Vec<Key> = entries.keys().copied().collect();
        keys.sort_unstable();
        Self { id, log_to, entries, keys, written: 0 }
    }

    pub(super) fn id(&self) -> i64 {
        self.id
    }

    pub(super) fn log_to(&self) -> i64 {
        self.log_to
    }

    pub(super) fn find(&self, key: &Key) -> Option<Entry> {
        self.entries.get(key).copied()
    }

    /// Writes the next keys. Answers the segment's filter with the last of them.
    ///
    /// After a crash in between, the log still has everything and the same keys are written again.
    pub(super) fn step(&mut self, connection: &Connection, now: i64) -> rusqlite::Result<Option<Filter>> {
        let mut insert = connection.prepare_cached(
            "INSERT OR REPLACE INTO nonce_sealed (segment, key, digest, rev, target) VALUES (?, ?, ?, ?, ?)",
        )?;
        for key in self.keys.iter().skip(self.written).take(STEP) {
            if let Some(entry) = self.entries.get(key) {
                let target = entry.target.map(Id);
                insert.execute(params![self.id, key, entry.digest, entry.rev.0.cast_signed(), target])?;
            }
        }
        self.written += STEP;
        if self.written < self.keys.len() {
            return Ok(None);
        }
        let filter = Filter::of(self.keys.iter());
        connection
            .prepare_cached(
                "INSERT INTO nonce_segment (id, newest_at, log_to, filter, dropped) VALUES (?, ?, ?, ?, 0)",
            )?
            .execute(params![self.id, now, self.log_to, filter.as_bytes()])?;
        Ok(Some(filter))
    }
}

/// Deletes some rows of the log up to `to`. Says whether that were the last of them.
pub(super) fn delete_log(connection: &Connection, to: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("DELETE FROM nonce_log WHERE id <= ?1 AND id < (SELECT min(id) FROM nonce_log) + ?2")?
        .execute(params![to, DELETE as i64])?;
    // Commands that were undone have left gaps, so how many went tells nothing.
    let left = connection.prepare_cached("SELECT 1 FROM nonce_log WHERE id <= ?")?.exists([to])?;
    Ok(!left)
}

/// Drops some rows of the oldest segment that was sealed before `before`. Answers its id, as long as there is one.
pub(super) fn drop_segment(connection: &Connection, before: i64) -> rusqlite::Result<Option<i64>> {
    let oldest = connection
        .prepare_cached("SELECT id FROM nonce_segment WHERE newest_at <= ? ORDER BY id LIMIT 1")?
        .query_row([before], |row| row.get::<_, i64>(0))
        .optional()?;
    let Some(id) = oldest else { return Ok(None) };
    connection.prepare_cached("UPDATE nonce_segment SET dropped = 1 WHERE id = ?")?.execute([id])?;
    let deleted = connection
        .prepare_cached(
            "DELETE FROM nonce_sealed WHERE segment = ?1 AND key <= coalesce(
               (SELECT key FROM nonce_sealed WHERE segment = ?1 ORDER BY key LIMIT 1 OFFSET ?2),
               (SELECT max(key) FROM nonce_sealed WHERE segment = ?1))",
        )?
        .execute(params![id, DELETE as i64])?;
    if deleted <= DELETE {
        let left = connection.prepare_cached("SELECT 1 FROM nonce_sealed WHERE segment = ?")?.exists([id])?;
        if !left {
            connection.prepare_cached("DELETE FROM nonce_segment WHERE id = ?")?.execute([id])?;
        }
    }
    Ok(Some(id))
}
