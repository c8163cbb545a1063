//! Deciding about messages that are to be posted, from what was read under the locks.

use std::collections::HashMap;

use chinwag_model::change::State;
use chinwag_model::permission::{self, Action, Case};
use chinwag_model::{
    Body, Change, Epoch, MemberRole, Message, Millis, Refusal, Rev, RoomId, RoomKind, Standing, User, UserId,
};
use uuid::Uuid;

use super::Waiting;
use crate::commands::{Counter, Entry, NonceKey};
use crate::feed::StreamChanges;
use crate::places::fills_chunk;
use crate::questions;
use crate::{Post, Posted};

/// What is decided by.
pub(super) struct Known {
    /// The epoch of it all.
    pub(super) epoch: Epoch,
    /// The rooms that are locked.
    pub(super) streams: HashMap<RoomId, Counter>,
    /// Everybody who posts, in each room that they post to.
    pub(super) authors: HashMap<(RoomId, UserId), Author>,
    /// Commands that were carried out before.
    pub(super) nonces: HashMap<Uuid, Entry>,
}

impl Known {
    /// Nothing yet of what holds in this epoch.
    pub(super) fn of(epoch: Epoch) -> Self {
        Self { epoch, streams: HashMap::new(), authors: HashMap::new(), nonces: HashMap::new() }
    }

    /// Whether there is no such room, and not only no lock of it.
    pub(super) fn lacks(&self, room: RoomId, waiting: &[Waiting]) -> bool {
        let mut authors = waiting.iter().filter_map(|waiting| self.authors.get(&(room, waiting.post.author)));
        authors.any(|author| author.kind.is_none())
    }
}

/// Somebody who posts to a room.
pub(super) struct Author {
    pub(super) user: User,
    pub(super) standing: Standing,
    pub(super) muted_until: Millis,
    /// `None`: there is no such room.
    pub(super) kind: Option<RoomKind>,
    pub(super) membership: Option<MemberRole>,
}

impl Author {
    /// Who they are, if they may post.
    fn may_post(&self, now: Millis) -> Result<&User, Refusal> {
        // Who may not be here is told so before what there is.
        questions::may_be_here(Some((self.user.role, self.standing)))?;
        let kind = self.kind.ok_or(Refusal::RoomUnknown)?;
        let case = Case::of(self.user.role, self.muted_until > now).in_room(kind, self.membership);
        permission::check(Action::Post, case)?;
        Ok(&self.user)
    }
}

/// The answers, and what is to be written, column by column.
#[derive(Default)]
pub(super) struct Decided {
    /// In the order of the messages.
    pub(super) answers: Vec<Result<Posted, Refusal>>,
    pub(super) rooms: Vec<Uuid>,
    pub(super) seqs: Vec<i64>,
    pub(super) authors: Vec<Uuid>,
    pub(super) texts: Vec<String>,
    pub(super) keys: Vec<Uuid>,
    pub(super) digests: Vec<i64>,
    pub(super) times: Vec<i64>,
    /// What the feed tells: of each stream that has changed.
    pub(super) changes: Vec<StreamChanges>,
    /// Where those streams stand then.
    pub(super) counters: Vec<(RoomId, Counter)>,
    /// Rooms of whose history a chunk is full now, to be indexed.
    pub(super) due: Vec<Uuid>,
}

/// What a message's nonce is known by.
pub(super) fn key(post: &Post) -> Uuid {
    Uuid::from_bytes(NonceKey::new(post.room.0, post.author, &post.once).hash)
}

impl Decided {
    /// Decides about the messages that wait for a room, in order.
    pub(super) fn add_room(&mut self, known: &Known, room: RoomId, waiting: &[Waiting], now: Millis) {
        // What is not there cannot be locked; that it is not there is found out below.
        let counter = known.streams.get(&room).copied();
        let counter = counter.unwrap_or(Counter { head: Rev(0), last_at: now });
        let (from, at) = (counter.head, counter.last_at.max(now));
        let mut head = from;
        // A nonce may come twice in one batch.
        let mut fresh: HashMap<Uuid, Entry> = HashMap::new();
        let mut changes = Vec::new();
        for Waiting { post, .. } in waiting {
            let key = key(post);
            if let Some(first) = known.nonces.get(&key).or_else(|| fresh.get(&key)) {
                let first = first.for_command(&post.once);
                self.answers.push(first.map(|first| Posted { seq: first.rev, repeated: true }));
                continue;
            }
            let author = known.authors.get(&(room, post.author)).ok_or(Refusal::UserUnknown);
            match author.and_then(|author| author.may_post(now)) {
                Err(refusal) => self.answers.push(Err(refusal)),
                Ok(writer) => {
                    head = head.next();
                    fresh.insert(key, Entry { digest: post.once.digest, rev: head, target: None });
                    self.write(post, key, head, at);
                    changes.push(change(post, head, at, writer));
                    self.answers.push(Ok(Posted { seq: head, repeated: false }));
                }
            }
        }
        if head > from {
            self.changes.push(StreamChanges { stream: room.into(), epoch: known.epoch, from, changes });
            self.counters.push((room, Counter { head, last_at: at }));
            if fills_chunk(from, head) {
                self.due.push(room.0);
            }
        }
    }

    fn write(&mut self, post: &Post, key: Uuid, seq: Rev, at: Millis) {
        self.rooms.push(post.room.0);
        self.seqs.push(seq.0.cast_signed());
        self.authors.push(post.author.0);
        self.texts.push(post.text.as_str().to_owned());
        self.keys.push(key);
        self.digests.push(i64::from_le_bytes(post.once.digest));
        self.times.push(at.0);
    }
}

/// What clients are told of a message.
fn change(post: &Post, seq: Rev, at: Millis, writer: &User) -> Change {
    let body = Body::Text { text: post.text.as_str().to_owned(), edited_at: None };
    let message = Message { seq, rev: seq, author: writer.person(), at, body };
    Change { rev: seq, state: State::Message(message), nonce: Some(post.once.nonce.as_str().to_owned()) }
}
