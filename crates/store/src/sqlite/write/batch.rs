//! A batch: one transaction for many commands, and what the writer remembers between them.

use std::collections::HashMap;

use chinwag_model::change::State;
use chinwag_model::permission::{self, Action};
use chinwag_model::{
    Change, ChangeKind, Epoch, MemberRole, Millis, Refusal, Rev, RoomId, StreamId, User, UserId,
};
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use crate::feed::StreamChanges;
use crate::sqlite::nonces::{Entry, Key, Nonces};
use crate::sqlite::rows::{self, Id, number};
use crate::sqlite::writer::WriteError;

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
    users: HashMap<UserId, User>,
    members: HashMap<(RoomId, UserId), MemberRole>,
    nonces: Nonces,
}

impl Memory {
    /// Remembers what it must.
    pub(in crate::sqlite) fn load(
        connection: &Connection,
        installation: Installation,
    ) -> rusqlite::Result<Self> {
        let (streams, users, members) = (HashMap::new(), HashMap::new(), HashMap::new());
        Ok(Self { installation, streams, users, members, nonces: Nonces::load(connection)? })
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
        if self.users.len() > REMEMBERED {
            self.users.clear();
        }
        if self.members.len() > REMEMBERED {
            self.members.clear();
        }
    }
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
            State::Member(member) => (ChangeKind::Member, member.id.0),
            State::MemberGone(user) => (ChangeKind::Member, user.0),
            State::Room(room) => (ChangeKind::Room, room.id.0),
            State::Membership { room, .. } => (ChangeKind::Membership, room.id.0),
            State::MembershipGone { room, .. } => (ChangeKind::Membership, room.0),
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

    /// Somebody, as they are now.
    pub(super) fn user(&mut self, id: UserId) -> Result<User, WriteError> {
        if let Some(user) = self.memory.users.get(&id) {
            return Ok(user.clone());
        }
        let user = self
            .sql("SELECT id, name, role FROM user WHERE id = ?")?
            .query_row([Id(id.0)], |row| rows::user(row, 0))
            .optional()?
            .ok_or(Refusal::UserUnknown)?;
        self.memory.users.insert(id, user.clone());
        Ok(user)
    }

    /// Somebody's role in a room, if they are in it.
    pub(super) fn membership(&mut self, room: RoomId, user: UserId) -> rusqlite::Result<Option<MemberRole>> {
        if let Some(role) = self.memory.members.get(&(room, user)) {
            return Ok(Some(*role));
        }
        let role = self
            .sql("SELECT role FROM member WHERE room = ? AND user = ?")?
            .query_row([Id(room.0), Id(user.0)], |row| rows::member_role(row, 0))
            .optional()?;
        if let Some(role) = role {
            self.memory.members.insert((room, user), role);
        }
        Ok(role)
    }

    /// To be called by whatever changes a membership.
    pub(super) fn membership_changes(&mut self, room: RoomId, user: UserId) {
        self.memory.members.remove(&(room, user));
        self.touched.push((room, user));
    }

    /// Refuses what somebody may not do in a room, and a room that does not exist. Answers who they are.
    pub(super) fn permit(&mut self, action: Action, room: RoomId, user: UserId) -> Result<User, WriteError> {
        let actor = self.user(user)?;
        let membership = self.membership(room, user)?;
        if membership.is_none() {
            self.require_room(room)?;
        }
        permission::check(action, actor.role, membership)?;
        Ok(actor)
    }

    fn require_room(&self, room: RoomId) -> Result<(), WriteError> {
        let found = self.sql("SELECT 1 FROM room WHERE id = ?")?.exists([Id(room.0)])?;
        if found { Ok(()) } else { Err(Refusal::RoomUnknown.into()) }
    }

    /// A room's data.
    pub(super) fn room(&self, room: RoomId) -> Result<chinwag_model::Room, WriteError> {
        self.sql("SELECT id, name, kind, maker, at, rev FROM room WHERE id = ?")?
            .query_row([Id(room.0)], rows::room)
            .optional()?
            .ok_or(WriteError::Refused(Refusal::RoomUnknown))
    }
}
