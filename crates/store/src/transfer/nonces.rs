//! Which commands were carried out, from where SQLite keeps them to where PostgreSQL does.
//!
//! PostgreSQL keeps them by scope (the room or the author), SQLite by a hash in which the scope is one part of several
//! and cannot be told any more. So the ones that come from there have a scope of their own, [`TRANSFERRED`], which is
//! looked at beside the right one as long as there is anything in it: 30 days, as everything that is remembered of
//! commands. That costs a post alone 25 µs and 256 of them 1 ms while there are a million, and nothing afterwards.
//!
//! SQLite has them in segments, each in the order of its keys. Here they are read in that order over all of them: the
//! keys are hashes and spread evenly, so what lies between two of them can be told in advance.

use std::collections::BTreeMap;

use chinwag_model::Millis;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, params};

use super::reading::Fault;
use crate::postgres::TRANSFERRED;

#[cfg(test)]
mod tests;

/// About how many are read at once.
const PART: u64 = 20_000;
/// Longer than any key, also where one is damaged.
const LONGEST: usize = 64;

/// The segments that count.
const SEALED: &str =
    "FROM nonce_segment AS segment CROSS JOIN nonce_sealed AS sealed ON sealed.segment = segment.id
                      WHERE NOT segment.dropped";
/// What of the log is not in a segment that counts.
const LOG: &str = "FROM nonce_log WHERE id > coalesce(
                     (SELECT log_to FROM nonce_segment WHERE NOT dropped ORDER BY id DESC LIMIT 1), 0)";

/// Less than any key: texts come before bytes.
static BEFORE_ALL: Value = Value::Text(String::new());

/// A nonce, with values as they are stored.
struct Nonce {
    key: Vec<u8>,
    digest: Vec<u8>,
    rev: i64,
    target: Option<Vec<u8>>,
}

impl Nonce {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { key: row.get(0)?, digest: row.get(1)?, rev: row.get(2)?, target: row.get(3)? })
    }
}

/// How many there are after a key.
pub(super) fn count(connection: &Connection, after: Option<&Value>) -> rusqlite::Result<u64> {
    let after = after.unwrap_or(&BEFORE_ALL);
    let (sealed, log) = (format!("SELECT count(*) {SEALED}"), format!("SELECT count(*) {LOG}"));
    let count = |sql: &str| {
        let sql = format!("{sql} AND key > ?");
        connection.query_row(&sql, [after], |row| row.get::<_, i64>(0))
    };
    Ok((count(&sealed)? + count(&log)?).unsigned_abs())
}

/// Takes those after a key in the order of their keys, each with the values of the table that they go to. They all have
/// the time `at`.
pub(super) fn each(
    connection: &Connection,
    at: Millis,
    after: Option<&Value>,
    take: &mut dyn FnMut(&[ValueRef<'_>]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut from = after.unwrap_or(&BEFORE_ALL).clone();
    // As much as a server has in memory.
    let mut log = BTreeMap::new();
    let select = format!("SELECT key, digest, rev, target {LOG} AND key > ? ORDER BY id");
    collect(&mut connection.prepare(&select)?, params![from], &mut log)?;
    let select =
        format!("SELECT key, digest, rev, target {SEALED} AND key > ? AND key <= ? ORDER BY segment.id");
    let mut sealed = connection.prepare(&select)?;
    for to in borders(count(connection, after)?) {
        // What is in two segments counts as the newer says, and what is in the log as that does.
        let mut part = BTreeMap::new();
        let border = Value::Blob(to.clone());
        if matches!(&from, Value::Blob(from) if *from >= to) {
            continue;
        }
        collect(&mut sealed, params![from, border], &mut part)?;
        let later = log.split_off(&to);
        part.append(&mut std::mem::replace(&mut log, later));
        for nonce in part.values() {
            give(nonce, at, take)?;
        }
        from = border;
    }
    Ok(())
}

/// Reads nonces, of which a later one takes the place of an earlier one with the same key.
fn collect(
    statement: &mut rusqlite::Statement<'_>,
    parameters: impl rusqlite::Params,
    nonces: &mut BTreeMap<Vec<u8>, Nonce>,
) -> rusqlite::Result<()> {
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        let nonce = Nonce::read(row)?;
        nonces.insert(nonce.key.clone(), nonce);
    }
    Ok(())
}

/// Keys between which there are about [`PART`] of so many. None comes after the last of them.
fn borders(count: u64) -> impl Iterator<Item = Vec<u8>> {
    let parts = count / PART + 1;
    let step = u64::MAX / parts;
    (1..=parts).map(move |part| match part {
        last if last == parts => vec![0xff; LONGEST],
        part => (step * part).to_be_bytes().to_vec(),
    })
}

fn give(
    nonce: &Nonce,
    at: Millis,
    take: &mut dyn FnMut(&[ValueRef<'_>]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let digest = match nonce.digest.as_slice().try_into() {
        Ok(digest) => ValueRef::Integer(i64::from_le_bytes(digest)),
        // Which fits nowhere, and is said so.
        Err(_) => ValueRef::Blob(&nonce.digest),
    };
    take(&[
        ValueRef::Blob(TRANSFERRED.as_bytes()),
        ValueRef::Blob(&nonce.key),
        digest,
        ValueRef::Integer(nonce.rev),
        ValueRef::Integer(at.0),
        nonce.target.as_deref().map_or(ValueRef::Null, ValueRef::Blob),
    ])
}
