//! Nonces: which commands were carried out in the last 30 days, and what they were answered.
//!
//! Each post asks whether its nonce is new and then keeps it. In one index by nonce both would touch a page of their own
//! for each post, wherever the nonce happens to fall, and would cost three times what the message itself costs. So new
//! ones go to the end of a log (`nonce_log`), all of which is in memory. When the log has [`SEGMENT`] entries it is
//! *sealed*, a little with each batch: written in order of its keys to `nonce_sealed`, where no page is touched twice,
//! with a filter that stays in memory and says of almost every other nonce that it is not there.
//!
//! A nonce lives until its segment is dropped as a whole, at least 30 days after it came.

mod filter;
mod seal;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use chinwag_model::Rev;
use rusqlite::{Connection, OptionalExtension, params};

use self::filter::Filter;
use self::seal::Sealing;
use super::database::Id;
use crate::commands::Entry;

/// How many nonces are sealed together. Bounds what is in memory: up to twice as many entries of 48 bytes.
pub(super) const SEGMENT: usize = 65_536;

/// What a nonce is known by: a hash of its scope, its author and itself.
pub(super) type Key = [u8; 16];

/// What the writer remembers of nonces.
pub(super) struct Nonces {
    segment: usize,
    /// The log, but for what is being sealed.
    log: HashMap<Key, Entry>,
    next_id: i64,
    sealing: Option<Sealing>,
    /// Up to here the log's rows are sealed and may be deleted.
    delete_to: Option<i64>,
    /// The newest last.
    segments: Vec<Segment>,
    next_segment: i64,
}

struct Segment {
    id: i64,
    filter: Filter,
}

impl Nonces {
    /// Reads what must be in memory.
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        Self::load_with(connection, SEGMENT)
    }

    fn load_with(connection: &Connection, segment: usize) -> rusqlite::Result<Self> {
        let mut segments = connection
            .prepare_cached("SELECT id, filter, log_to FROM nonce_segment WHERE NOT dropped ORDER BY id")?;
        let mut log_to = 0;
        let segments = segments
            .query_map([], |row| {
                log_to = row.get(2)?;
                Ok(Segment { id: row.get(0)?, filter: Filter::from_bytes(row.get(1)?) })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let mut rows = connection
            .prepare_cached("SELECT key, digest, rev, target, id FROM nonce_log WHERE id > ? ORDER BY id")?;
        let mut next_id = log_to + 1;
        let log = rows
            .query_map([log_to], |row| {
                next_id = row.get::<_, i64>(4)? + 1;
                Ok((row.get(0)?, entry(row, 1)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        // Segments that are being dropped still have their numbers.
        let next_segment: i64 =
            connection
                .query_row("SELECT coalesce(max(id), 0) + 1 FROM nonce_segment", [], |row| row.get(0))?;
        Ok(Self { segment, log, next_id, sealing: None, delete_to: Some(log_to), segments, next_segment })
    }

    /// The first answer to a command, if it was carried out.
    pub(super) fn find(&self, connection: &Connection, key: &Key) -> rusqlite::Result<Option<Entry>> {
        if let Some(entry) = self.log.get(key) {
            return Ok(Some(*entry));
        }
        if let Some(entry) = self.sealing.as_ref().and_then(|sealing| sealing.find(key)) {
            return Ok(Some(entry));
        }
        // Retries come soon, so the newest segment is looked at first.
        for segment in self.segments.iter().rev().filter(|segment| segment.filter.may_have(key)) {
            let found = connection
                .prepare_cached("SELECT digest, rev, target FROM nonce_sealed WHERE segment = ? AND key = ?")?
                .query_row(params![segment.id, key], |row| entry(row, 0))
                .optional()?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Keeps the answer to a command.
    pub(super) fn keep(&mut self, connection: &Connection, key: Key, entry: Entry) -> rusqlite::Result<()> {
        connection
            .prepare_cached("INSERT INTO nonce_log (id, key, digest, rev, target) VALUES (?, ?, ?, ?, ?)")?
            .execute(params![
                self.next_id,
                key,
                entry.digest,
                entry.rev.0.cast_signed(),
                entry.target.map(Id)
            ])?;
        self.next_id += 1;
        self.log.insert(key, entry);
        Ok(())
    }

    /// The command whose answer was kept is undone.
    pub(super) fn forget(&mut self, key: &Key) {
        self.log.remove(key);
    }

    /// Seals a little of what is to be sealed; to be called before each commit.
    pub(super) fn step(&mut self, connection: &Connection, now: i64) -> rusqlite::Result<()> {
        if let Some(to) = self.delete_to
            && seal::delete_log(connection, to)?
        {
            self.delete_to = None;
        }
        if self.sealing.is_none() && self.delete_to.is_none() && self.log.len() >= self.segment {
            self.sealing =
                Some(Sealing::begin(self.next_segment, std::mem::take(&mut self.log), self.next_id - 1));
        }
        if let Some(sealing) = &mut self.sealing
            && let Some(filter) = sealing.step(connection, now)?
        {
            self.segments.push(Segment { id: sealing.id(), filter });
            self.next_segment += 1;
            self.delete_to = Some(sealing.log_to());
            self.sealing = None;
        }
        Ok(())
    }

    /// Drops a little of what came before `before`. Says whether there is more of it.
    pub(super) fn expire(&mut self, connection: &Connection, before: i64) -> rusqlite::Result<bool> {
        let Some(id) = seal::drop_segment(connection, before)? else { return Ok(false) };
        self.segments.retain(|segment| segment.id != id);
        Ok(true)
    }
}

fn entry(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Entry> {
    Ok(Entry {
        digest: row.get(first)?,
        rev: Rev(row.get::<_, i64>(first + 1)?.unsigned_abs()),
        target: row.get::<_, Option<Id>>(first + 2)?.map(|id| id.0),
    })
}
