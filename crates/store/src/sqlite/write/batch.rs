//! A batch: one transaction for many commands, and what the writer remembers between them.

use std::collections::HashMap;

use chinwag_model::change::State;
use chinwag_model::{
    Change, ChangeKind, Epoch, MemberRole, Millis, Refusal, Rev, RoomId, RoomKind, Standing, StreamId, User,
    UserId,
};
use rusqlite::{CachedStatement, Connection, params};

use crate::feed::StreamChanges;
use crate::sqlite::nonces::{Entry, Key, Nonces};
use crate::sqlite::rows::{self, Id, number};

mod permit;

/// Most entries that each of the writer's memories holds; a full one is emptied and fills again from the database.
const REMEMBERED: usize = 10_000;

/// What is true of the whole installation.
#[derive(Clone, Copy)]
pub(in crate::sqlite) struct Installation {
    pub(in crate::sqlite) epoch: Epoch,
    pub(in crate::sqlite) workspace: StreamId,
    pub(in crate::sqlite) landing_room: RoomId,
}

impl Installation {
    /// Reads it.
    pub(in crate::sqlite) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let id = |key: &str| {
            connection.query_row("SELECT value FROM meta WHERE key = ?", [key], |row| row.get::<_, Id>(0))
        };
        let epoch: i64 =
            connection.query_row("SELECT value FROM meta WHERE key = 'epoch'", [], |row| row.get(0))?;
        Ok(Self {
            epoch: Epoch(epoch.unsigned_abs()),
            workspace: StreamId(id("workspace")?.0),
            landing_room: RoomId(id("landing_room")?.0),
        })
    }
}

/// What the writer remembers of the database, so that a post need not read it again. Nobody else writes, so it holds
/// until a batch fails.
pub(in crate::sqlite) struct Memory {
    installation: Installation,
    streams: HashMap<StreamId, Counter>,
    people: HashMap<UserId, Account>,
    /// Of rooms, which never change their kind.
    kinds: HashMap<RoomId, RoomKind>,
    members: HashMap<(RoomId, UserId), MemberRole>,
    nonces: Nonces,
}

/// Somebody, with what decides about what they may do.
#[derive(Clone)]
pub(in crate::sqlite) struct Account {
    pub(in crate::sqlite) user: User,
    pub(in crate::sqlite) standing: Standing,
    pub(in crate::sqlite) muted_until: Millis,
}

impl Account {
    /// Whether they are muted at this time.
    pub(in crate::sqlite) fn is_muted(&self, now: Millis) -> bool {
        self.muted_until > now
    }

    /// Refuses who may do nothing at all.
    pub(in crate::sqlite) fn may_act(self) -> Result<Self, Refusal> {
        match self.standing {
            Standing::Active => Ok(self),
            Standing::Suspended | Standing::Banned => Err(Refusal::Suspended),
            Standing::Gone => Err(Refusal::UserUnknown),
        }
    }
}

impl Memory {
    /// Remembers what it must.
    pub(in crate::sqlite) fn load(
        connection: &Connection,
        installation: Installation,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            installation,
            streams: HashMap::new(),
            people: HashMap::new(),
            kinds: HashMap::new(),
            members: HashMap::new(),
            nonces: Nonces::load(connection)?,
        })
    }

    /// Forgets everything: a batch failed and what it had changed is not so.
    pub(in crate::sqlite) fn forget(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        *self = Self::load(connection, self.installation)?;
        Ok(())
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

/// Where a stream stands.
#[derive(Clone, Copy)]
struct Counter {
    head: Rev,
    last_at: Millis,
    /// Changed by this batch, and not yet written back.
    dirty: bool,
}

/// One transaction.
pub(in crate::sqlite) struct Batch<'a> {
    connection: &'a Connection,
    memory: &'a mut Memory,
    now: Millis,
    /// What the batch has changed, per stream in the order of revisions.
    changes: Vec<StreamChanges>,
    /// Where in `changes` a stream's are.
    places: HashMap<StreamId, usize>,
    /// The counters as they were before the command in hand.
    before: Vec<(StreamId, Counter)>,
    /// Memberships that the command in hand has changed: forgotten if it is undone.
    touched: Vec<(RoomId, UserId)>,
    /// People and rooms that it has changed or made, likewise.
    changed: Vec<Changed>,
    /// The nonces that it has kept, likewise.
    kept: Vec<Key>,
}

impl<'a> Batch<'a> {
    pub(in crate::sqlite) fn new(connection: &'a Connection, memory: &'a mut Memory, now: Millis) -> Self {
        memory.make_room();
        Self {
            connection,
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

    pub(in crate::sqlite) fn begin(&self) -> rusqlite::Result<()> {
        self.run("BEGIN IMMEDIATE")
    }

    pub(in crate::sqlite) fn commit(&self) -> rusqlite::Result<()> {
        self.run("COMMIT")
    }

    /// Begins a command.
    pub(in crate::sqlite) fn savepoint(&mut self) -> rusqlite::Result<()> {
        self.before.clear();
        self.touched.clear();
        self.changed.clear();
        self.kept.clear();
        self.run("SAVEPOINT command")
    }

    /// Keeps what the command did.
    pub(in crate::sqlite) fn release(&self) -> rusqlite::Result<()> {
        self.run("RELEASE command")
    }

    /// Undoes what the command did.
    pub(in crate::sqlite) fn undo(&mut self) -> rusqlite::Result<()> {
        for (stream, counter) in self.before.drain(..).rev() {
            if let Some(changes) = self.places.get(&stream).and_then(|&place| self.changes.get_mut(place)) {
                changes.changes.retain(|change| change.rev <= counter.head);
            }
            self.memory.streams.insert(stream, counter);
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
            self.memory.nonces.forget(&key);
        }
        self.run("ROLLBACK TO command")?;
        self.run("RELEASE command")
    }

    /// Whether SQLite has ended the transaction by itself.
    pub(in crate::sqlite) fn is_over(&self) -> bool {
        self.connection.is_autocommit()
    }

    /// Writes the counters back and gives away what has changed. To be called right before the commit.
    pub(in crate::sqlite) fn flush(&mut self) -> rusqlite::Result<Vec<StreamChanges>> {
        let mut update =
            self.connection.prepare_cached("UPDATE stream SET head = ?, last_at = ? WHERE id = ?")?;
        for changes in &self.changes {
            if let Some(counter) = self.memory.streams.get_mut(&changes.stream)
                && std::mem::take(&mut counter.dirty)
            {
                update.execute(params![number(counter.head), counter.last_at.0, Id(changes.stream.0)])?;
            }
        }
        self.memory.nonces.step(self.connection, self.now.0)?;
        let mut changes = std::mem::take(&mut self.changes);
        changes.retain(|changes| !changes.changes.is_empty());
        Ok(changes)
    }

    fn run(&self, sql: &'static str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(|_| ())
    }

    // === For commands ===

    /// The connection, for what is shared with reading.
    pub(super) fn connection(&self) -> &'a Connection {
        self.connection
    }

    /// A statement, prepared once.
    pub(super) fn sql(&self, sql: &'static str) -> rusqlite::Result<CachedStatement<'a>> {
        self.connection.prepare_cached(sql)
    }

    /// The time of the batch.
    pub(super) fn now(&self) -> Millis {
        self.now
    }

    pub(super) fn installation(&self) -> Installation {
        self.memory.installation
    }

    pub(super) fn find_nonce(&self, key: &Key) -> rusqlite::Result<Option<Entry>> {
        self.memory.nonces.find(self.connection, key)
    }

    pub(super) fn keep_nonce(&mut self, key: Key, entry: Entry) -> rusqlite::Result<()> {
        self.kept.push(key);
        self.memory.nonces.keep(self.connection, key, entry)
    }

    /// Drops some nonces that came before `before`. Says whether there are more of them.
    pub(super) fn expire_nonces(&mut self, before: i64) -> rusqlite::Result<bool> {
        self.memory.nonces.expire(self.connection, before)
    }

    /// Makes a stream.
    pub(super) fn create_stream(&mut self, stream: StreamId, kind: i64) -> rusqlite::Result<()> {
        self.sql("INSERT INTO stream (id, kind, head, floor, last_at) VALUES (?, ?, 0, 0, 0)")?
            .execute(params![Id(stream.0), kind])
            .map(|_| ())
    }

    /// Takes the next revision of a stream, and a time that is not before its last.
    pub(super) fn next(&mut self, stream: StreamId) -> rusqlite::Result<(Rev, Millis)> {
        let counter = match self.memory.streams.get(&stream) {
            Some(counter) => *counter,
            None => self
                .sql("SELECT head, last_at FROM stream WHERE id = ?")?
                .query_row([Id(stream.0)], |row| {
                    Ok(Counter { head: rows::rev(row, 0)?, last_at: rows::millis(row, 1)?, dirty: false })
                })?,
        };
        if !self.before.iter().any(|(known, _)| *known == stream) {
            self.before.push((stream, counter));
        }
        let next = Counter { head: counter.head.next(), last_at: counter.last_at.max(self.now), dirty: true };
        self.memory.streams.insert(stream, next);
        Ok((next.head, next.last_at))
    }

    /// Leaves the row of a change, and what to tell of it.
    pub(super) fn record(
        &mut self,
        stream: StreamId,
        rev: Rev,
        state: State,
        nonce: Option<String>,
    ) -> rusqlite::Result<()> {
        let mut insert = self.sql("INSERT INTO change (stream, rev, kind, target) VALUES (?, ?, ?, ?)")?;
        let (kind, target) = match &state {
            State::Message(message) => {
                insert.execute(params![
                    Id(stream.0),
                    number(rev),
                    ChangeKind::Message as i64,
                    number(message.seq)
                ])?;
                return self.tell(stream, rev, state, nonce);
            }
            State::Member(member) => (ChangeKind::Member, member.person.id.0),
            State::MemberGone(user) => (ChangeKind::Member, user.0),
            State::Room(room) => (ChangeKind::Room, room.id.0),
            State::Membership { room, .. } => (ChangeKind::Membership, room.id.0),
            State::MembershipGone { room, .. } => (ChangeKind::Membership, room.0),
            State::Person(user) => (ChangeKind::Person, user.id.0),
        };
        insert.execute(params![Id(stream.0), number(rev), kind as i64, Id(target)])?;
        self.tell(stream, rev, state, nonce)
    }

    fn tell(
        &mut self,
        stream: StreamId,
        rev: Rev,
        state: State,
        nonce: Option<String>,
    ) -> rusqlite::Result<()> {
        let place = *self.places.entry(stream).or_insert_with(|| {
            self.changes.push(StreamChanges { stream, from: rev.previous(), changes: Vec::new() });
            self.changes.len() - 1
        });
        if let Some(changes) = self.changes.get_mut(place) {
            changes.changes.push(Change { rev, state, nonce });
        }
        Ok(())
    }
}
