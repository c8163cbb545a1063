//! Streams: catching up.

use async_trait::async_trait;
use chinwag_model::{Change, Cursor, Epoch, Rev, RoomId, StreamId, UserId};

use crate::feed::FeedReceiver;
use crate::{Fatal, Result};

/// Most streams in one question.
pub const SYNC_STREAMS: usize = 1_000;
/// Most change rows that one answer goes through, over all streams.
pub const SYNC_CHANGES: usize = 500;
/// About how many bytes of text one answer carries, over all streams: what passes it is left for the next.
pub const SYNC_BYTES: usize = 256 * 1024;

/// What became of a stream since a cursor.
#[derive(Clone, Debug)]
pub enum Caught {
    /// Changes after the cursor.
    Page(ChangePage),
    /// The cursor cannot be continued: load the stream afresh.
    Reset,
    /// There is no such stream for the asker any more.
    Gone,
}

/// The things that changed in a stream after `from`, each once and in its present state, by the revision of its last
/// change up to `through`.
#[derive(Clone, Debug)]
pub struct ChangePage {
    /// The cursor's revision.
    pub from: Rev,
    /// Everything up to here is known after this page.
    pub through: Rev,
    /// The stream's head in the same snapshot.
    pub head: Rev,
    /// The things that changed.
    pub changes: Vec<Change>,
}

/// What streams that were asked about have, each `None` where there is no such stream or no such revision in it.
pub type ChangePages = Vec<(StreamId, Option<ChangePage>)>;

/// What differs from a set of cursors, all from one snapshot.
#[derive(Clone, Debug)]
pub struct CaughtUp {
    /// The present epoch.
    pub epoch: Epoch,
    /// The streams that differ.
    pub streams: Vec<(StreamId, Caught)>,
    /// Whether streams were left for the next question.
    pub more: bool,
}

/// The streams that somebody follows, with their heads.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    /// The head of their own.
    pub own: Rev,
    /// The rooms that they are in.
    pub rooms: Vec<FollowedRoom>,
}

/// A room that somebody follows.
#[derive(Clone, Copy, Debug)]
pub struct FollowedRoom {
    /// The room.
    pub room: RoomId,
    /// The head of its stream.
    pub head: Rev,
    /// Where in its stream the membership began.
    pub since: Rev,
}

/// Streams.
#[async_trait]
pub trait Streams {
    /// Whether other nodes write to the same store: what they do is not told by the feed of this one.
    fn is_shared(&self) -> bool;

    /// Names this unbroken history. It is another once a shared store has lost what was acknowledged.
    fn epoch(&self) -> Epoch;

    /// The workspace's stream.
    fn workspace(&self) -> StreamId;

    /// What differs from `cursors`, of which the first [`SYNC_STREAMS`] are looked at, as far as `user` may see it.
    async fn sync(&self, user: UserId, cursors: Vec<(StreamId, Cursor)>) -> Result<CaughtUp>;

    /// What changed in streams, each after a revision, whoever asks: for nodes that found holes. All from one snapshot, and
    /// in their order: of the first [`SYNC_STREAMS`] those for which one answer has room, the first at least. `None` if the
    /// stream does not exist or the revision is not one of its own. With the epoch of that snapshot, which may be over by now.
    async fn changes(&self, after: Vec<(StreamId, Rev)>) -> Result<(Epoch, ChangePages)>;

    /// The heads of these streams, in their order; 0 for those that do not exist. With the epoch in which they are that,
    /// which may be over by now.
    async fn heads(&self, streams: Vec<StreamId>) -> Result<(Epoch, Vec<Rev>)>;

    /// The streams that each of these users follows, in their order, all from one snapshot. With the epoch of that snapshot,
    /// which may be over by now.
    async fn followed(&self, users: Vec<UserId>) -> Result<(Epoch, Vec<Followed>)>;

    /// The shards of the feed, each to be read by one publisher. Given once.
    fn take_feed(&self) -> Option<Vec<FeedReceiver>>;

    /// Comes when the store can no longer keep its promises; the process must then stop.
    async fn failed(&self) -> Fatal;

    /// Removes what has had its time, a little at once, until the store closes. To be run as a task of its owner.
    async fn maintain(&self);

    /// Refuses new commands, finishes what was accepted, and closes. Asking again does nothing.
    async fn close(&self);

    /// Answers if the store can be read.
    async fn ping(&self) -> Result<()>;
}
