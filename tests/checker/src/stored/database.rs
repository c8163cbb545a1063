//! Reading a PostgreSQL database.

use tokio_postgres::{Error, IsolationLevel, NoTls, Row, Transaction};
use uuid::Uuid;

use super::{Stored, StoredChange, StoredMember, StoredMessage, StoredRoom, StoredStream, Target, role};

impl Stored {
    /// Reads the database at this URL, to which nodes may be writing. It is asked without TLS.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn read_database(url: &str) -> Result<Self, Error> {
        let (mut client, connection) = tokio_postgres::connect(url, NoTls).await?;
        // Whoever asks over it hears how it ended.
        let connection = tokio::spawn(connection);
        let transaction = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead);
        let snapshot = transaction.read_only(true).start().await?;
        let stored = read(&snapshot).await;
        drop(snapshot);
        drop(client);
        // It ends with its client; how does not matter once everything was read.
        let _ = connection.await;
        stored
    }
}

async fn read(snapshot: &Transaction<'_>) -> Result<Stored, Error> {
    let mut stored = Stored::default();
    for row in snapshot.query("SELECT id, head, floor FROM chinwag.stream", &[]).await? {
        let stream = StoredStream { head: number(&row, 1)?, floor: number(&row, 2)?, changes: Vec::new() };
        stored.streams.insert(id(&row, 0)?, stream);
    }
    let changes = "SELECT stream, rev, kind, seq, target FROM chinwag.change ORDER BY stream, rev";
    for row in snapshot.query(changes, &[]).await? {
        let change = StoredChange { rev: number(&row, 1)?, target: target(&row)? };
        stored.streams.entry(id(&row, 0)?).or_default().changes.push(change);
    }
    let messages =
        "SELECT room, seq, rev, author, at, kind, text, deleted_at IS NOT NULL FROM chinwag.message";
    for row in snapshot.query(messages, &[]).await? {
        let message = StoredMessage {
            rev: number(&row, 2)?,
            author: id(&row, 3)?,
            at: row.try_get(4)?,
            is_text: row.try_get::<_, i16>(5)? == 0,
            text: row.try_get(6)?,
            deleted: row.try_get(7)?,
        };
        stored.messages.entry(id(&row, 0)?).or_default().insert(number(&row, 1)?, message);
    }
    for row in snapshot.query(r#"SELECT room, "user", role, since FROM chinwag.member"#, &[]).await? {
        let role = role(row.try_get::<_, i16>(2)?.into());
        let member = StoredMember { role, since: number(&row, 3)? };
        stored.members.entry(id(&row, 0)?).or_default().insert(id(&row, 1)?, member);
    }
    for row in snapshot.query("SELECT id, name, members FROM chinwag.room", &[]).await? {
        let room = StoredRoom { name: row.try_get(1)?, members: number(&row, 2)? };
        stored.rooms.insert(id(&row, 0)?, room);
    }
    Ok(stored)
}

/// An id as clients write it.
fn id(row: &Row, column: usize) -> Result<String, Error> {
    row.try_get::<_, Uuid>(column).map(|id| id.to_string())
}

/// A number that is never below 0. One that is becomes one that nothing else is, so that it is found out.
fn number(row: &Row, column: usize) -> Result<u64, Error> {
    row.try_get::<_, i64>(column).map(|number| u64::try_from(number).unwrap_or(u64::MAX))
}

fn target(row: &Row) -> Result<Target, Error> {
    Ok(match row.try_get::<_, i16>(2)? {
        1 => Target::Message(number(row, 3)?),
        2 => Target::Member(id(row, 4)?),
        3 => Target::Room(id(row, 4)?),
        4 => Target::Membership(id(row, 4)?),
        _ => Target::Other,
    })
}
