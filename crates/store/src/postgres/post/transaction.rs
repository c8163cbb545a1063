//! The transaction in which messages are posted.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use chinwag_model::{Refusal, RoomId, UserId};
use futures_util::future::{join, try_join_all, try_join4};
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::decide::{Author, Decided, Known, key};
use super::queue::{Batch, Line};
use crate::commands::{Counter, Entry, now};
use crate::database::{DatabaseError, Row};
use crate::postgres::TRANSFERRED;
use crate::postgres::carry_out::Ground;
use crate::postgres::connections::{Connection, Connections};
use crate::postgres::failure::{Cause, in_last_words, in_time};
use crate::postgres::sequence::Places;
use crate::rows::{self, user_columns};
use crate::{Posted, StoreError};

/// How often a batch is tried that was only in another's way.
const TRIES: usize = 5;

/// Locks what can be locked at once.
const LOCK_FREE: &str = "
    SELECT stream.id, stream.head, stream.last_at FROM stream WHERE stream.id = ANY($1)
    ORDER BY stream.id FOR UPDATE SKIP LOCKED";

/// Waits for the lock.
const LOCK: &str = "
    SELECT stream.id, stream.head, stream.last_at FROM stream WHERE stream.id = ANY($1)
    ORDER BY stream.id FOR UPDATE";

const AUTHORS: &str = concat!(
    "SELECT ",
    user_columns!(),
    r#", "user".muted_until, asked.room, room.kind, member.role
      FROM unnest($1::uuid[], $2::uuid[]) AS asked (room, "user")
      JOIN "user" ON "user".id = asked."user"
      LEFT JOIN room ON room.id = asked.room
      LEFT JOIN member ON member.room = asked.room AND member."user" = asked."user""#
);

/// As long as there are any that were transferred these are looked at as well: they have one scope for all rooms. Whether
/// there are any is asked so that it takes an index whatever is estimated; the last key is the last one to go.
const NONCES: &str = "
    SELECT nonce.key, nonce.digest, nonce.rev FROM unnest($1::uuid[], $2::uuid[]) AS asked (scope, key)
    JOIN nonce ON nonce.scope = asked.scope AND nonce.key = asked.key
    UNION ALL
    SELECT key, digest, rev FROM nonce WHERE scope = $3 AND key = ANY($2::uuid[])
      AND (SELECT key FROM nonce WHERE scope = $3 ORDER BY key DESC LIMIT 1) IS NOT NULL";

const WRITE: &str = "
    WITH posted AS (
      SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::uuid[], $6::bigint[], $7::bigint[])
        AS posted (room, seq, author, text, key, digest, at)
    ), messages AS (
      INSERT INTO message (room, seq, rev, kind, author, at, text)
      SELECT room, seq, seq, 0, author, at, text FROM posted
    ), changes AS (
      INSERT INTO change (stream, rev, kind, seq) SELECT room, seq, 1, seq FROM posted
    ), nonces AS (
      INSERT INTO nonce (scope, key, digest, rev, at) SELECT room, key, digest, seq, at FROM posted
    )
    UPDATE stream SET head = counted.head, last_at = counted.at
    FROM unnest($8::uuid[], $9::bigint[], $10::bigint[]) AS counted (id, head, at) WHERE stream.id = counted.id";

/// From now on there are chunks of these rooms to be indexed; see commands/search.rs.
const DUE: &str = "
    INSERT INTO search_room (room, below, due_at) SELECT due.room, 0, $2 FROM unnest($1::uuid[]) AS due (room)
    ON CONFLICT (room) DO UPDATE SET due_at = coalesce(search_room.due_at, excluded.due_at)";

/// What became of a batch.
pub(super) enum Outcome {
    /// It was carried out.
    Done {
        /// In order, for the rooms that were not left out.
        answers: Vec<Result<Posted, Refusal>>,
        /// Rooms that are locked by somebody else: nothing was done for them.
        left_out: HashSet<RoomId>,
        /// The places in the order of the feed of what was written, if anything was.
        places: Option<Places>,
    },
    /// PostgreSQL is there and will not take it: nothing was stored.
    Refused(StoreError),
    /// PostgreSQL is away: nothing was stored, or nobody knows.
    Failed(StoreError),
}

/// Why a try came to nothing.
enum Failed {
    /// PostgreSQL, or the way to it; and what that means.
    Cause(Cause, StoreError),
    /// Something in the database is not as it must be.
    Malformed(DatabaseError),
}

impl From<Cause> for Failed {
    /// Before the commit.
    fn from(cause: Cause) -> Self {
        let error = cause.not_stored();
        Self::Cause(cause, error)
    }
}

impl From<DatabaseError> for Failed {
    fn from(error: DatabaseError) -> Self {
        match error.0.downcast::<Cause>() {
            Ok(cause) => Self::from(*cause),
            Err(other) => Self::Malformed(DatabaseError(other)),
        }
    }
}

impl Ground {
    /// Posts a batch.
    pub(super) async fn transact(&self, batch: &Batch) -> Outcome {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_to_post(batch).await {
                Ok(done) => return done,
                Err(Failed::Cause(cause, _)) if cause.is_in_the_way() && tries < TRIES => {
                    tracing::warn!(%cause, "a batch was in another's way; it is tried again");
                }
                Err(Failed::Cause(cause, error)) => {
                    tracing::error!(%cause, rooms = batch.rooms.len(), "a batch was not stored");
                    return if cause.is_of_the_data() {
                        Outcome::Refused(error)
                    } else {
                        Outcome::Failed(error)
                    };
                }
                Err(Failed::Malformed(error)) => {
                    tracing::error!(%error, rooms = batch.rooms.len(), "a batch was not stored");
                    return Outcome::Refused(StoreError::NotStored(error.to_string()));
                }
            }
        }
    }

    async fn try_to_post(&self, batch: &Batch) -> Result<Outcome, Failed> {
        let connection = match batch.line {
            Line::Together => self.connections.post().await?,
            Line::Alone => self.connections.wait().await?,
        };
        let posted = self.post_by(&connection, batch).await;
        match &posted {
            Ok(_) => connection.give_back(),
            Err(Failed::Cause(Cause::Late, StoreError::OutcomeUnknown(_))) => {
                Connections::set_aside(connection, &self.runtime);
            }
            Err(Failed::Cause(cause, _)) if cause.is_lost() => {}
            Err(_) => {
                if in_last_words(connection.batch_execute("ROLLBACK")).await {
                    connection.give_back();
                }
            }
        }
        posted
    }

    async fn post_by(&self, connection: &Connection, batch: &Batch) -> Result<Outcome, Failed> {
        let known = known(connection, batch).await?;
        let now = now();
        let (mut decided, mut left_out) = (Decided::default(), HashSet::new());
        for (room, waiting) in &batch.rooms {
            if batch.line == Line::Alone || known.streams.contains_key(room) || known.lacks(*room, waiting) {
                decided.add_room(&known, *room, waiting, now);
            } else {
                left_out.insert(*room);
            }
        }
        if decided.changes.is_empty() {
            in_time(connection.batch_execute("ROLLBACK")).await?;
            return Ok(Outcome::Done { answers: decided.answers, left_out, places: None });
        }
        let places = self.sequence.take_places(std::mem::take(&mut decided.changes));
        write(connection, &decided).await?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        Ok(Outcome::Done { answers: decided.answers, left_out, places: Some(places) })
    }
}

/// Locks the rooms and reads what the batch is decided by.
async fn known(connection: &Connection, batch: &Batch) -> Result<Known, Failed> {
    let lock = if batch.line == Line::Alone { LOCK } else { LOCK_FREE };
    let [lock, authors, nonces] = prepared(connection, [lock, AUTHORS, NONCES]).await?;
    let rooms: Vec<Uuid> = batch.rooms.iter().map(|(room, _)| room.0).collect();
    let all = || batch.rooms.iter().flat_map(|(_, waiting)| waiting);
    let mut pairs: Vec<(Uuid, Uuid)> =
        all().map(|waiting| (waiting.post.room.0, waiting.post.author.0)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let (in_rooms, people): (Vec<Uuid>, Vec<Uuid>) = pairs.into_iter().unzip();
    let (scopes, keys): (Vec<Uuid>, Vec<Uuid>) =
        all().map(|waiting| (waiting.post.room.0, key(&waiting.post))).unzip();
    // All are sent before the first is answered; each sees what is true once the locks are there.
    let (_, locked, authors, nonces) = in_time(try_join4(
        connection.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED"),
        connection.query(&lock, &[&rooms]),
        connection.query(&authors, &[&in_rooms, &people]),
        connection.query(&nonces, &[&scopes, &keys, &TRANSFERRED]),
    ))
    .await?;
    let mut known = Known::of(connection.installation().epoch);
    for row in &locked {
        let row: &dyn Row = row;
        known.streams.insert(row.get(0)?, Counter { head: row.get(1)?, last_at: row.get(2)? });
    }
    for row in &authors {
        let row: &dyn Row = row;
        let author = Author {
            user: rows::user(row)?,
            standing: rows::user_standing(row)?,
            muted_until: row.get(rows::USER_COLUMNS)?,
            kind: row.get(rows::USER_COLUMNS + 2)?,
            membership: row.get(rows::USER_COLUMNS + 3)?,
        };
        let room: RoomId = row.get(rows::USER_COLUMNS + 1)?;
        let user: UserId = author.user.id;
        known.authors.insert((room, user), author);
    }
    for row in &nonces {
        let row: &dyn Row = row;
        let digest = row.get::<i64>(1)?.to_le_bytes();
        known.nonces.insert(row.get(0)?, Entry { digest, rev: row.get(2)?, target: None });
    }
    Ok(known)
}

/// Writes what was decided, and commits.
async fn write(connection: &Connection, decided: &Decided) -> Result<(), Failed> {
    let write = in_time(connection.prepare_cached(WRITE)).await?;
    if !decided.due.is_empty() {
        let due = in_time(connection.prepare_cached(DUE)).await?;
        let at = decided.times.last().copied().unwrap_or_default();
        in_time(connection.execute(&due, &[&decided.due, &at])).await?;
    }
    let ids: Vec<Uuid> = decided.counters.iter().map(|(room, _)| room.0).collect();
    let heads: Vec<i64> = decided.counters.iter().map(|(_, counter)| counter.head.0.cast_signed()).collect();
    let times: Vec<i64> = decided.counters.iter().map(|(_, counter)| counter.last_at.0).collect();
    let parameters: [&(dyn ToSql + Sync); 10] = [
        &decided.rooms,
        &decided.seqs,
        &decided.authors,
        &decided.texts,
        &decided.keys,
        &decided.digests,
        &decided.times,
        &ids,
        &heads,
        &times,
    ];
    // Sent one after the other without waiting. Of a transaction that has failed nothing is committed.
    let written = async {
        let written = connection.execute(&write, &parameters);
        let (written, committed) = join(written, connection.batch_execute("COMMIT")).await;
        written.and(committed)
    };
    in_time(written).await.map_err(|cause| {
        let error = cause.at_the_commit();
        Failed::Cause(cause, error)
    })
}

/// Statements, prepared once for each connection.
async fn prepared<const COUNT: usize>(
    connection: &Connection,
    statements: [&str; COUNT],
) -> Result<[Statement; COUNT], Cause> {
    let prepared = statements.map(|sql| in_time(connection.prepare_cached(sql)));
    let prepared = try_join_all(prepared).await?;
    prepared.try_into().map_err(|_| Cause::Late)
}
