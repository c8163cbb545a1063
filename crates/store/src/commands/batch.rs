//! A batch: one transaction for one command or many, and what is remembered of the database between them.

use std::collections::HashMap;

use chinwag_model::change::State;
use chinwag_model::{
    Change, ChangeKind, Epoch, MemberRole, Millis, Refusal, Rev, RoomId, RoomKind, SessionKey, Standing,
    StreamId, User, UserId,
};

use super::nonce::{Entry, NonceKey};
use super::transaction::{Counter, Target, Transaction};
use crate::database::{Database, DatabaseError, Parameter, Row, parameters};
use crate::feed::StreamChanges;
use crate::{JobKind, WholeJob};

mod permit;

/// Most entries that each memory holds; a full one is emptied and fills again from the database.
const REMEMBERED: usize = 10_000;

/// What is true of the whole installation.
#[derive(Clone, Copy)]
pub(crate) struct Installation {
    pub(crate) epoch: Epoch,
    pub(crate) workspace: StreamId,
    pub(crate) landing_room: RoomId,
}

/// What is remembered of the database, so that a command need not read it again. To be kept between batches only where
/// nobody else writes, and there until a batch fails.
pub(crate) struct Memory {
    installation: Installation,
    streams: HashMap<StreamId, Standings>,
    people: HashMap<UserId, Account>,
    /// Of rooms, which never change their kind.
    kinds: HashMap<RoomId, RoomKind>,
    members: HashMap<(RoomId, UserId), MemberRole>,
}

/// Where a stream stands.
#[derive(Clone, Copy)]
struct Standings {
    counter: Counter,
    /// Changed by this batch, and not yet written back.
    dirty: bool,
}

/// Somebody, with what decides about what they may do.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) user: User,
    pub(crate) standing: Standing,
    pub(crate) muted_until: Millis,
}

impl Account {
    /// Whether they are muted at this time.
    pub(crate) fn is_muted(&self, now: Millis) -> bool {
        self.muted_until > now
    }

    /// Refuses who may do nothing at all.
    pub(crate) fn may_act(self) -> Result<Self, Refusal> {
        match self.standing {
            Standing::Active => Ok(self),
            Standing::Suspended | Standing::Banned => Err(Refusal::Suspended),
            Standing::Gone => Err(Refusal::UserUnknown),
        }
    }
}

impl Memory {
    /// Nothing is remembered yet.
    pub(crate) fn new(installation: Installation) -> Self {
        Self {
            installation,
            streams: HashMap::new(),
            people: HashMap::new(),
            kinds: HashMap::new(),
            members: HashMap::new(),
        }
    }

    /// Forgets everything: a batch failed and what it had changed is not so.
    pub(crate) fn forget(&mut self) {
        *self = Self::new(self.installation);
    }

    fn make_room(&mut self) {
        if self.streams.len() > REMEMBERED {
            self.streams.clear();
        }
        if self.people.len() > REMEMBERED {
            self.people.clear();
        }
        if self.kinds.len() > REMEMBERED {
            self.kinds.clear();
        }
        if self.members.len() > REMEMBERED {
            self.members.clear();
        }
    }
}

/// What a command has changed of what is remembered.
enum Changed {
    Person(UserId),
    Room(RoomId),
}

/// One transaction.
pub(crate) struct Batch<'a> {
    transaction: &'a mut dyn Transaction,
    memory: &'a mut Memory,
    now: Millis,
    /// What the batch has changed, per stream in the order of revisions.
    changes: Vec<StreamChanges>,
    /// Where in `changes` a stream's are.
    places: HashMap<StreamId, usize>,
    /// The counters as they were before the command in hand.
    before: Vec<(StreamId, Standings)>,
    /// Memberships that the command in hand has changed: forgotten if it is undone.
    touched: Vec<(RoomId, UserId)>,
    /// People and rooms that it has changed or made, likewise.
    changed: Vec<Changed>,
    /// The nonces that it has kept, likewise.
    kept: Vec<NonceKey>,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(transaction: &'a mut dyn Transaction, memory: &'a mut Memory, now: Millis) -> Self {
        memory.make_room();
        Self {
            transaction,
            memory,
            now,
            changes: Vec::new(),
            places: HashMap::new(),
            before: Vec::new(),
            touched: Vec::new(),
            changed: Vec::new(),
            kept: Vec::new(),
        }
    }

    // === The transaction ===

    /// Begins a command.
    pub(crate) fn begin_command(&mut self) {
        self.before.clear();
        self.touched.clear();
        self.changed.clear();
        self.kept.clear();
    }

    /// Forgets what the command in hand did: it is undone.
    pub(crate) fn forget_command(&mut self) {
        for (stream, standings) in self.before.drain(..).rev() {
            if let Some(changes) = self.places.get(&stream).and_then(|&place| self.changes.get_mut(place)) {
                changes.changes.retain(|change| change.rev <= standings.counter.head);
            }
            self.memory.streams.insert(stream, standings);
        }
        for key in self.touched.drain(..) {
            self.memory.members.remove(&key);
        }
        for changed in self.changed.drain(..) {
            match changed {
                Changed::Person(user) => drop(self.memory.people.remove(&user)),
                Changed::Room(room) => drop(self.memory.kinds.remove(&room)),
            }
        }
        for key in self.kept.drain(..) {
            self.transaction.forget_nonce(&key);
        }
    }

    /// Writes the counters back and gives away what has changed. To be called right before the commit.
    pub(crate) fn flush(&mut self) -> Result<Vec<StreamChanges>, DatabaseError> {
        for changes in &self.changes {
            if let Some(standings) = self.memory.streams.get_mut(&changes.stream)
                && std::mem::take(&mut standings.dirty)
            {
                let Counter { head, last_at } = standings.counter;
                self.transaction.write(
                    "UPDATE stream SET head = $1, last_at = $2 WHERE id = $3",
                    parameters![head, last_at, changes.stream],
                )?;
            }
        }
        let mut changes = std::mem::take(&mut self.changes);
        changes.retain(|changes| !changes.changes.is_empty());
        Ok(changes)
    }

    // === The database ===

    /// For what is shared with questions.
    pub(crate) fn database(&self) -> &dyn Database {
        self.transaction
    }

    /// See [`Database::execute`].
    pub(super) fn execute(
        &self,
        sql: &'static str,
        parameters: &[Parameter<'_>],
    ) -> Result<u64, DatabaseError> {
        self.transaction.execute(sql, parameters)
    }

    /// See [`Database::write`].
    pub(crate) fn write(&self, sql: &'static str, parameters: &[Parameter<'_>]) -> Result<(), DatabaseError> {
        self.transaction.write(sql, parameters)
    }

    /// What `take` makes of each row.
    pub(super) fn all<T>(
        &self,
        sql: &'static str,
        parameters: &[Parameter<'_>],
        take: impl FnMut(&dyn Row) -> Result<T, DatabaseError>,
    ) -> Result<Vec<T>, DatabaseError> {
        self.database().all(sql, parameters, take)
    }

    /// What `take` makes of the first row, if there is one.
    pub(super) fn first<T>(
        &self,
        sql: &'static str,
        parameters: &[Parameter<'_>],
        take: impl FnOnce(&dyn Row) -> Result<T, DatabaseError>,
    ) -> Result<Option<T>, DatabaseError> {
        self.database().first(sql, parameters, take)
    }

    /// Whether there is a row.
    pub(super) fn exists(
        &self,
        sql: &'static str,
        parameters: &[Parameter<'_>],
    ) -> Result<bool, DatabaseError> {
        self.database().exists(sql, parameters)
    }

    // === For commands ===

    /// What each back end does in its own way.
    pub(super) fn transaction(&mut self) -> &mut dyn Transaction {
        self.transaction
    }

    /// The time of the batch.
    pub(super) fn now(&self) -> Millis {
        self.now
    }

    pub(super) fn installation(&self) -> Installation {
        self.memory.installation
    }

    pub(super) fn find_nonce(&self, key: &NonceKey) -> Result<Option<Entry>, DatabaseError> {
        self.transaction.find_nonce(key)
    }

    pub(super) fn keep_nonce(&mut self, key: NonceKey, entry: Entry) -> Result<(), DatabaseError> {
        self.kept.push(key);
        self.transaction.keep_nonce(key, entry)
    }

    /// Drops some nonces that came before `before`. Says whether there are more of them.
    pub(super) fn expire_nonces(&mut self, before: Millis) -> Result<bool, DatabaseError> {
        self.transaction.expire_nonces(before)
    }

    /// Lets other nodes know that these sessions have ended.
    pub(super) fn sessions_ended(&mut self, keys: &[SessionKey]) -> Result<(), DatabaseError> {
        self.transaction.tell_of_sessions(keys, true)
    }

    /// Lets other nodes know that what they know of these sessions may not be so any more.
    pub(super) fn sessions_changed(&mut self, keys: &[SessionKey]) -> Result<(), DatabaseError> {
        self.transaction.tell_of_sessions(keys, false)
    }

    /// Drops at most `most` of what nodes were told of sessions before `before`. Says whether there may be more.
    pub(super) fn expire_news(&mut self, before: Millis, most: i64) -> Result<bool, DatabaseError> {
        self.transaction.expire_news(before, most)
    }

    /// See [`Database::is_alone_with`].
    pub(super) fn is_alone_with(&self, name: &str) -> Result<bool, DatabaseError> {
        self.transaction.is_alone_with(name)
    }

    /// The time by the one clock that all nodes go by; [`now`](Self::now) is that of this one.
    pub(super) fn clock(&self) -> Result<Millis, DatabaseError> {
        self.transaction.clock()
    }

    /// See [`Transaction::due_jobs`].
    pub(super) fn due_jobs(
        &self,
        kinds: &[JobKind],
        now: Millis,
        limit: usize,
    ) -> Result<Vec<WholeJob>, DatabaseError> {
        self.transaction.due_jobs(kinds, now, limit)
    }

    /// Makes a stream.
    pub(super) fn create_stream(&mut self, stream: StreamId, kind: i64) -> Result<(), DatabaseError> {
        self.transaction.create_stream(stream, kind)
    }

    /// The last revision of a stream that is held still by this transaction.
    pub(super) fn head(&self, stream: StreamId) -> Result<Rev, DatabaseError> {
        match self.memory.streams.get(&stream) {
            Some(standings) => Ok(standings.counter.head),
            None => self.transaction.counter(stream).map(|counter| counter.head),
        }
    }

    /// Takes the next revision of a stream, and a time that is not before its last.
    pub(crate) fn next(&mut self, stream: StreamId) -> Result<(Rev, Millis), DatabaseError> {
        let standings = match self.memory.streams.get(&stream) {
            Some(standings) => *standings,
            None => Standings { counter: self.transaction.counter(stream)?, dirty: false },
        };
        if !self.before.iter().any(|(known, _)| *known == stream) {
            self.before.push((stream, standings));
        }
        let Counter { head, last_at } = standings.counter;
        let counter = Counter { head: head.next(), last_at: last_at.max(self.now) };
        self.memory.streams.insert(stream, Standings { counter, dirty: true });
        Ok((counter.head, counter.last_at))
    }

    /// Leaves the row of a change, and what to tell of it.
    pub(crate) fn record(
        &mut self,
        stream: StreamId,
        rev: Rev,
        state: State,
        nonce: Option<String>,
    ) -> Result<(), DatabaseError> {
        let (kind, target) = match &state {
            State::Message(message) => (ChangeKind::Message, Target::Seq(message.seq)),
            State::Member(member) => (ChangeKind::Member, Target::Id(member.person.id.0)),
            State::MemberGone(user) => (ChangeKind::Member, Target::Id(user.0)),
            State::Room(room) => (ChangeKind::Room, Target::Id(room.id.0)),
            State::Membership { room, .. } => (ChangeKind::Membership, Target::Id(room.id.0)),
            State::MembershipGone { room, .. } => (ChangeKind::Membership, Target::Id(room.0)),
            State::Person(user) => (ChangeKind::Person, Target::Id(user.id.0)),
        };
        self.transaction.leave_change(stream, rev, kind, target)?;
        self.chunk_may_be_full(stream, rev, &state)?;
        let place = *self.places.entry(stream).or_insert_with(|| {
            let epoch = self.memory.installation.epoch;
            self.changes.push(StreamChanges { stream, epoch, from: rev.previous(), changes: Vec::new() });
            self.changes.len() - 1
        });
        if let Some(changes) = self.changes.get_mut(place) {
            changes.changes.push(Change { rev, state, nonce });
        }
        Ok(())
    }
}
