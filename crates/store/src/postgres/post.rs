//! Posting: what waits for one room is one transaction.
//!
//! It takes two round trips to PostgreSQL, whatever the number of messages: the first locks the room's stream and reads
//! what is decided by, the second writes everything and commits.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use chinwag_model::change::State;
use chinwag_model::permission::{self, Action, Case};
use chinwag_model::{
    Body, Change, MemberRole, Message, Millis, Refusal, Rev, RoomId, RoomKind, Standing, StreamId, User,
    UserId,
};
use futures_util::future::try_join4;
use tokio::sync::{Semaphore, oneshot};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::carry_out::Ground;
use super::connections::Connection;
use super::failure::{Cause, in_time};
use super::sequence::Places;
use crate::commands::{Entry, NonceKey, now};
use crate::database::{DatabaseError, Row};
use crate::feed::StreamChanges;
use crate::questions;
use crate::rows::{self, user_columns};
use crate::{Post, Posted, Result, StoreError};

/// Most messages in one transaction.
const BATCH: usize = 256;
/// Most messages that may wait, over all rooms.
const WAITING: usize = 8_192;
/// How often a batch is tried that was only in another's way.
const TRIES: usize = 5;

/// The rooms in which something waits to be posted.
pub(super) struct Posts {
    ground: Arc<Ground>,
    rooms: Mutex<HashMap<RoomId, Vec<Waiting>>>,
    places: Arc<Semaphore>,
    tasks: TaskTracker,
}

struct Waiting {
    post: Post,
    reply: oneshot::Sender<Result<Posted>>,
    _place: tokio::sync::OwnedSemaphorePermit,
}

impl Posts {
    pub(super) fn new(ground: Arc<Ground>) -> Arc<Self> {
        Arc::new(Self {
            ground,
            rooms: Mutex::default(),
            places: Arc::new(Semaphore::new(WAITING)),
            tasks: TaskTracker::new(),
        })
    }

    /// Posts a message. Once it waits it is carried out whether or not anybody waits for it.
    pub(super) async fn post(self: &Arc<Self>, post: Post) -> Result<Posted> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| StoreError::Busy)?;
        let (reply, answer) = oneshot::channel();
        let room = post.room;
        let waiting = Waiting { post, reply, _place: place };
        {
            let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
            if self.tasks.is_closed() {
                return Err(StoreError::Busy);
            }
            match rooms.get_mut(&room) {
                Some(others) => others.push(waiting),
                None => {
                    rooms.insert(room, vec![waiting]);
                    let posts = Arc::clone(self);
                    self.tasks.spawn_on(async move { posts.serve(room).await }, &self.ground.runtime);
                }
            }
        }
        answer
            .await
            .unwrap_or_else(|_| Err(StoreError::OutcomeUnknown("the task of the room is gone".into())))
    }

    /// Posts what waits for a room, until nothing does.
    async fn serve(&self, room: RoomId) {
        loop {
            let batch = {
                let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(waiting) = rooms.get_mut(&room) else { return };
                if waiting.is_empty() {
                    rooms.remove(&room);
                    return;
                }
                let rest = waiting.split_off(waiting.len().min(BATCH));
                std::mem::replace(waiting, rest)
            };
            self.ground.post_all(room, batch).await;
        }
    }

    /// Takes nothing more, and waits for what was taken.
    pub(super) async fn close(&self) {
        {
            let _rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
            self.tasks.close();
        }
        self.tasks.wait().await;
    }
}

/// What a batch is decided by, read under the room's lock.
struct Known {
    /// `None`: there is no such room.
    stream: Option<(Rev, Millis)>,
    /// `None` as well if there are no authors.
    kind: Option<RoomKind>,
    authors: HashMap<UserId, Author>,
    nonces: HashMap<Uuid, Entry>,
}

struct Author {
    user: User,
    standing: Standing,
    muted_until: Millis,
    membership: Option<MemberRole>,
}

impl Author {
    /// Who they are, if they may post to a room of this kind; `None`: there is no such room.
    fn may_post(&self, kind: Option<RoomKind>, now: Millis) -> std::result::Result<&User, Refusal> {
        // Who may not be here is told so before what there is.
        questions::may_be_here(Some((self.user.role, self.standing)))?;
        let kind = kind.ok_or(Refusal::RoomUnknown)?;
        let case = Case::of(self.user.role, self.muted_until > now).in_room(kind, self.membership);
        permission::check(Action::Post, case)?;
        Ok(&self.user)
    }
}

/// What a batch writes.
#[derive(Default)]
struct Rows {
    seqs: Vec<i64>,
    authors: Vec<Uuid>,
    texts: Vec<String>,
    keys: Vec<Uuid>,
    digests: Vec<i64>,
    changes: Vec<Change>,
}

const LOCK: &str = "SELECT head, last_at FROM stream WHERE id = $1 FOR UPDATE";
const AUTHORS: &str = concat!(
    "SELECT ",
    user_columns!(),
    r#", "user".muted_until, member.role, (SELECT room.kind FROM room WHERE room.id = $2) FROM "user"
     LEFT JOIN member ON member.room = $2 AND member."user" = "user".id WHERE "user".id = ANY($1)"#
);
const NONCES: &str = "SELECT key, digest, rev FROM nonce WHERE scope = $1 AND key = ANY($2)";
const WRITE: &str = r#"
    WITH posted AS (
      SELECT * FROM unnest($2::bigint[], $3::uuid[], $4::text[], $5::uuid[], $6::bigint[])
        AS posted (seq, author, text, key, digest)
    ), messages AS (
      INSERT INTO message (room, seq, rev, kind, author, at, text)
      SELECT $1, seq, seq, 0, author, $7, text FROM posted
    ), changes AS (
      INSERT INTO change (stream, rev, kind, seq) SELECT $1, seq, 1, seq FROM posted
    ), nonces AS (
      INSERT INTO nonce (scope, key, digest, rev, at) SELECT $1, key, digest, seq, $7 FROM posted
    )
    UPDATE stream SET head = $8, last_at = $7 WHERE id = $1"#;

impl Ground {
    /// Posts some messages to one room, and answers for each.
    async fn post_all(&self, room: RoomId, batch: Vec<Waiting>) {
        let mut tries = 0;
        let (answers, places) = loop {
            tries += 1;
            match self.try_to_post(room, &batch).await {
                Ok(done) => break done,
                Err((Some(cause), _)) if cause.is_in_the_way() && tries < TRIES => {
                    tracing::warn!(%cause, "a batch was in another's way; it is tried again");
                }
                Err((cause, error)) => {
                    tracing::error!(?cause, commands = batch.len(), "a batch was not stored");
                    for waiting in batch {
                        // Nobody to answer: the asker is gone.
                        let _ = waiting.reply.send(Err(error.clone()));
                    }
                    return;
                }
            }
        };
        for (waiting, answer) in batch.into_iter().zip(answers) {
            // Nobody to answer: the asker is gone.
            let _ = waiting.reply.send(answer.map_err(StoreError::Refused));
        }
        if let Some(places) = places {
            places.tell();
        }
    }

    async fn try_to_post(
        &self,
        room: RoomId,
        batch: &[Waiting],
    ) -> std::result::Result<Done, (Option<Cause>, StoreError)> {
        let not_stored = |cause: Cause| {
            let error = cause.not_stored();
            (Some(cause), error)
        };
        let connection = self.connections.write().await.map_err(not_stored)?;
        let known = match known(&connection, room, batch).await {
            Ok(known) => known,
            Err(error) => {
                // The transaction goes with the connection.
                return Err(match error.0.downcast::<Cause>() {
                    Ok(cause) => not_stored(*cause),
                    Err(fault) => (None, StoreError::NotStored(fault.to_string())),
                });
            }
        };
        let (answers, rows, at) = decide(&known, batch);
        let Some(last) = rows.changes.last().map(|change| change.rev) else {
            if in_time(connection.batch_execute("ROLLBACK")).await.is_ok() {
                connection.give_back();
            }
            return Ok((answers, None));
        };
        let stream = StreamId::from(room);
        let from = known.stream.map_or(Rev(0), |(head, _)| head);
        let Rows { seqs, authors, texts, keys, digests, changes } = rows;
        let places = self.sequence.take_places(vec![StreamChanges { stream, from, changes }]);
        let write = in_time(connection.prepare_cached(WRITE)).await.map_err(not_stored)?;
        let head = last.0.cast_signed();
        let written = async {
            let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 8] =
                [&room.0, &seqs, &authors, &texts, &keys, &digests, &at.0, &head];
            let written = connection.execute(&write, &parameters);
            let committed = connection.batch_execute("COMMIT");
            // Sent one after the other without waiting. Of a transaction that has failed nothing is committed.
            let (written, committed) = futures_util::future::join(written, committed).await;
            written.and(committed)
        };
        match in_time(written).await {
            Ok(()) => {
                self.commits.fetch_add(1, Ordering::Relaxed);
                connection.give_back();
                Ok((answers, Some(places)))
            }
            Err(cause) => {
                let error = cause.at_the_commit();
                Err((Some(cause), error))
            }
        }
    }
}

/// The answers, and the places in the order of the feed of what was written, if anything was.
type Done = (Vec<std::result::Result<Posted, Refusal>>, Option<Places>);

/// Locks the room and reads what the batch is decided by.
async fn known(
    connection: &Connection,
    room: RoomId,
    batch: &[Waiting],
) -> std::result::Result<Known, DatabaseError> {
    let [lock, authors, nonces] = prepared(connection, [LOCK, AUTHORS, NONCES]).await?;
    let mut ids: Vec<Uuid> = batch.iter().map(|waiting| waiting.post.author.0).collect();
    ids.sort_unstable();
    ids.dedup();
    let keys: Vec<Uuid> = batch.iter().map(|waiting| key(&waiting.post)).collect();
    // All are sent before the first is answered; each sees what is true once the lock is there.
    let (_, locked, authors, nonces) = in_time(try_join4(
        connection.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED"),
        connection.query_opt(&lock, &[&room.0]),
        connection.query(&authors, &[&ids, &room.0]),
        connection.query(&nonces, &[&room.0, &keys]),
    ))
    .await?;
    let mut known = Known { stream: None, kind: None, authors: HashMap::new(), nonces: HashMap::new() };
    if let Some(row) = &locked {
        let row: &dyn Row = row;
        known.stream = Some((row.get(0)?, row.get(1)?));
    }
    for row in &authors {
        let row: &dyn Row = row;
        let author = Author {
            user: rows::user(row)?,
            standing: rows::user_standing(row)?,
            muted_until: row.get(rows::USER_COLUMNS)?,
            membership: row.get(rows::USER_COLUMNS + 1)?,
        };
        known.kind = row.get(rows::USER_COLUMNS + 2)?;
        known.authors.insert(author.user.id, author);
    }
    for row in &nonces {
        let row: &dyn Row = row;
        let digest = row.get::<i64>(1)?.to_le_bytes();
        known.nonces.insert(row.get(0)?, Entry { digest, rev: row.get(2)?, target: None });
    }
    Ok(known)
}

/// Statements, prepared once for each connection.
pub(super) async fn prepared<const COUNT: usize>(
    connection: &Connection,
    statements: [&str; COUNT],
) -> std::result::Result<[tokio_postgres::Statement; COUNT], Cause> {
    let prepared = statements.map(|sql| in_time(connection.prepare_cached(sql)));
    let prepared = futures_util::future::try_join_all(prepared).await?;
    prepared.try_into().map_err(|_| Cause::Late)
}

fn key(post: &Post) -> Uuid {
    Uuid::from_bytes(NonceKey::new(post.room.0, post.author, &post.once).hash)
}

/// Decides about each message, in order.
fn decide(known: &Known, batch: &[Waiting]) -> (Vec<std::result::Result<Posted, Refusal>>, Rows, Millis) {
    let now = now();
    let (mut head, at) = known.stream.map_or((Rev(0), now), |(head, last_at)| (head, last_at.max(now)));
    let mut rows = Rows::default();
    // A nonce may come twice in one batch.
    let mut fresh: HashMap<Uuid, Entry> = HashMap::new();
    let mut answers = Vec::with_capacity(batch.len());
    for Waiting { post, .. } in batch {
        let key = key(post);
        if let Some(first) = known.nonces.get(&key).or_else(|| fresh.get(&key)) {
            let first = first.for_command(&post.once);
            answers.push(first.map(|first| Posted { seq: first.rev, repeated: true }));
            continue;
        }
        let author = known.authors.get(&post.author).ok_or(Refusal::UserUnknown);
        match author.and_then(|author| author.may_post(known.kind, now)) {
            Err(refusal) => answers.push(Err(refusal)),
            Ok(writer) => {
                head = head.next();
                fresh.insert(key, Entry { digest: post.once.digest, rev: head, target: None });
                rows.add(post, key, head, at, writer);
                answers.push(Ok(Posted { seq: head, repeated: false }));
            }
        }
    }
    (answers, rows, at)
}

impl Rows {
    fn add(&mut self, post: &Post, key: Uuid, seq: Rev, at: Millis, writer: &User) {
        self.seqs.push(seq.0.cast_signed());
        self.authors.push(post.author.0);
        self.texts.push(post.text.as_str().to_owned());
        self.keys.push(key);
        self.digests.push(i64::from_le_bytes(post.once.digest));
        let body = Body::Text { text: post.text.as_str().to_owned(), edited_at: None };
        let message = Message { seq, rev: seq, author: writer.person(), at, body };
        let nonce = Some(post.once.nonce.as_str().to_owned());
        self.changes.push(Change { rev: seq, state: State::Message(message), nonce });
    }
}
