//! What commands need of the transaction that they are carried out in, and each back end does in its own way.

use chinwag_model::{ChangeKind, Millis, Rev, RoomId, SessionKey, StreamId};
use uuid::Uuid;

use super::nonce::{Entry, NonceKey};
use crate::database::{Database, DatabaseError};
use crate::{JobKind, WholeJob};

/// Where a stream stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counter {
    /// The last revision that was given.
    pub(crate) head: Rev,
    /// The last time that was given.
    pub(crate) last_at: Millis,
}

/// What a change row names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    /// A message of the room.
    Seq(Rev),
    /// A user or a room.
    Id(Uuid),
}

/// A transaction that writes.
pub(crate) trait Transaction: Database {
    /// Makes a stream without changes.
    fn create_stream(&mut self, stream: StreamId, kind: i64) -> Result<(), DatabaseError>;

    /// Where a stream stands that is held still by this transaction.
    fn counter(&self, stream: StreamId) -> Result<Counter, DatabaseError>;

    /// Leaves the row of a change.
    fn leave_change(
        &mut self,
        stream: StreamId,
        rev: Rev,
        kind: ChangeKind,
        target: Target,
    ) -> Result<(), DatabaseError>;

    /// Lets other nodes know that sessions have ended, or that what was known of them may not be so any more.
    fn tell_of_sessions(&mut self, keys: &[SessionKey], ended: bool) -> Result<(), DatabaseError>;

    /// The first answer to a command, if it was carried out.
    fn find_nonce(&self, key: &NonceKey) -> Result<Option<Entry>, DatabaseError>;

    /// Keeps the answer to a command.
    fn keep_nonce(&mut self, key: NonceKey, entry: Entry) -> Result<(), DatabaseError>;

    /// The command whose answer was kept is undone.
    fn forget_nonce(&mut self, key: &NonceKey);

    /// Drops some nonces that came before `before`. Says whether there may be more of them.
    fn expire_nonces(&mut self, before: Millis) -> Result<bool, DatabaseError>;

    /// Drops at most `most` of what was told of sessions before `before`. Says whether there may be more.
    fn expire_news(&mut self, before: Millis, most: i64) -> Result<bool, DatabaseError>;

    /// The time by the one clock that all go by who share the database.
    fn clock(&self) -> Result<Millis, DatabaseError>;

    /// Jobs of these kinds that are due, at most `limit`, those first that have been due for longest, each held still by
    /// this transaction. What others hold still is not among them. A kind is named once.
    fn due_jobs(&self, kinds: &[JobKind], now: Millis, limit: usize) -> Result<Vec<WholeJob>, DatabaseError>;

    /// Keeps in which places of a chunk words stand, in place of what was known of them. They come in ascending order.
    fn keep_words(
        &mut self,
        room: RoomId,
        chunk: u64,
        words: &[(String, Vec<u8>)],
    ) -> Result<(), DatabaseError>;
}
