//! Reading a data folder.

use std::path::Path;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, Row};
use uuid::Uuid;

use super::{Stored, StoredChange, StoredMember, StoredMessage, StoredRoom, StoredStream, Target, role};

impl Stored {
    /// Reads a data folder of which the server may be running or not.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn read(folder: &Path) -> rusqlite::Result<Self> {
        let mut connection = Connection::open(folder.join("chinwag.db"))?;
        let snapshot = connection.transaction()?;
        let mut stored = Self::default();
        each(&snapshot, "SELECT id, head, floor FROM stream", |row| {
            let stream = StoredStream { head: number(row, 1)?, floor: number(row, 2)?, changes: Vec::new() };
            stored.streams.insert(id(row, 0)?, stream);
            Ok(())
        })?;
        each(&snapshot, "SELECT stream, rev, kind, target FROM change ORDER BY stream, rev", |row| {
            let change = StoredChange { rev: number(row, 1)?, target: target(row)? };
            stored.streams.entry(id(row, 0)?).or_default().changes.push(change);
            Ok(())
        })?;
        let messages = "SELECT room, seq, rev, author, at, kind, text, deleted_at IS NOT NULL FROM message";
        each(&snapshot, messages, |row| {
            let message = StoredMessage {
                rev: number(row, 2)?,
                author: id(row, 3)?,
                at: row.get(4)?,
                is_text: row.get::<_, i64>(5)? == 0,
                text: row.get(6)?,
                deleted: row.get(7)?,
            };
            stored.messages.entry(id(row, 0)?).or_default().insert(number(row, 1)?, message);
            Ok(())
        })?;
        each(&snapshot, "SELECT room, user, role, since FROM member", |row| {
            let member = StoredMember { role: role(row.get(2)?), since: number(row, 3)? };
            stored.members.entry(id(row, 0)?).or_default().insert(id(row, 1)?, member);
            Ok(())
        })?;
        each(&snapshot, "SELECT id, name, members FROM room", |row| {
            stored.rooms.insert(id(row, 0)?, StoredRoom { name: row.get(1)?, members: number(row, 2)? });
            Ok(())
        })?;
        Ok(stored)
    }
}

fn each(
    connection: &Connection,
    sql: &str,
    mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        take(row)?;
    }
    Ok(())
}

/// An id as clients write it.
struct Id(String);

impl FromSql for Id {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let id = Uuid::from_slice(value.as_blob()?).map_err(|error| FromSqlError::Other(error.into()))?;
        Ok(Self(id.to_string()))
    }
}

fn id(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    row.get::<_, Id>(column).map(|id| id.0)
}

/// A number that is never below 0.
fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

fn target(row: &Row<'_>) -> rusqlite::Result<Target> {
    Ok(match row.get::<_, i64>(2)? {
        1 => Target::Message(number(row, 3)?),
        2 => Target::Member(id(row, 3)?),
        3 => Target::Room(id(row, 3)?),
        4 => Target::Membership(id(row, 3)?),
        _ => Target::Other,
    })
}
