//! The events of a namespace, and the sockets that may ask for them again.

use std::collections::{HashMap, VecDeque};
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::{Recovery, Stays};
use crate::encoded::Encoded;
use crate::engine::PACKET_OVERHEAD;
use crate::handshake::Attached;
use crate::hub::Target;
use crate::id::{RecoveryId, SocketId};
use crate::socket::Socket;

/// What an entry costs beside its bytes, about.
const OVERHEAD: usize = 256;

/// An event that was sent.
struct Entry {
    at: u64,
    target: Target,
    frames: Bytes,
}

impl Entry {
    fn size(&self) -> usize {
        let rooms = self.target.rooms.iter().chain(&self.target.except);
        OVERHEAD + self.frames.len() + rooms.map(String::len).sum::<usize>()
    }
}

/// A socket that may be recovered.
struct Session {
    id: SocketId,
    /// What it has had before its first event.
    start: u64,
    state: State,
}

enum State {
    /// It is connected, as far as the server knows.
    Live(Socket),
    Gone {
        at: u64,
        stays: Stays,
        data: Attached,
    },
}

/// What becomes of a client that wants to go on.
pub(crate) enum Claim {
    /// This socket is to be ended first, and the claim made again.
    Live(Socket),
    /// It goes on.
    Goes(Recovered),
    /// It begins anew.
    Unknown,
}

/// A socket as it was.
pub(crate) struct Recovered {
    pub(crate) id: SocketId,
    pub(crate) stays: Stays,
    /// What it has missed, in the common form.
    pub(crate) missed: Vec<Bytes>,
    start: u64,
}

/// What the logs of all namespaces hold.
#[derive(Debug, Default)]
pub(crate) struct Holdings {
    /// Events, and the rooms of those who are away.
    bytes: AtomicUsize,
    /// Those who are away.
    away: AtomicUsize,
}

/// Bounded in time, and together with the logs of other namespaces in bytes and sockets that are away.
pub(crate) struct Log {
    settings: Recovery,
    all: Arc<Holdings>,
    /// The number of the next event.
    next: u64,
    entries: VecDeque<Entry>,
    /// What this one holds of [`Holdings::bytes`].
    bytes: usize,
    sessions: HashMap<RecoveryId, Session>,
    /// How many of them are away.
    away: usize,
    /// What was attached to those who are forgotten. It is dropped with no lock held, because that may do anything.
    detached: Vec<Attached>,
    /// Who went when. Some of them have come back since.
    gone: VecDeque<(u64, RecoveryId)>,
}

impl Log {
    pub(crate) fn new(settings: Recovery, all: Arc<Holdings>) -> Self {
        Self {
            settings,
            all,
            next: 1,
            entries: VecDeque::new(),
            bytes: 0,
            sessions: HashMap::new(),
            away: 0,
            detached: Vec::new(),
            gone: VecDeque::new(),
        }
    }

    /// The number of the next event.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// The number of the oldest event that is kept.
    pub(crate) fn first(&self) -> u64 {
        self.next - self.entries.len() as u64
    }

    fn window(&self) -> u64 {
        u64::try_from(self.settings.window.as_millis()).unwrap_or(u64::MAX)
    }

    /// Numbers an event and keeps it, if it is to be kept. Returns what is to be sent.
    pub(crate) fn append(&mut self, packet: &Encoded, target: &Target, kept: bool, now: u64) -> Encoded {
        if kept {
            self.next += 1;
        }
        let packet = packet.numbered(self.next - 1);
        if kept {
            let entry = Entry { at: now, target: target.clone(), frames: packet.canonical() };
            self.take(entry.size());
            self.entries.push_back(entry);
        }
        self.trim(now);
        packet
    }

    /// A socket has joined.
    pub(crate) fn begin(&mut self, recovery: RecoveryId, socket: &Socket, recovered: Option<&Recovered>) {
        let start = recovered.map_or(self.next - 1, |recovered| recovered.start);
        let session = Session { id: socket.id(), start, state: State::Live(socket.clone()) };
        self.sessions.insert(recovery, session);
    }

    /// A socket is gone. It may come back if `stays` says where it was.
    pub(crate) fn end(&mut self, recovery: RecoveryId, stays: Option<Stays>, data: &Attached, now: u64) {
        let stays = stays.filter(|stays| stays.is_known_from(self.first()));
        match (self.sessions.get_mut(&recovery), stays) {
            (Some(session), Some(stays)) => {
                let size = stays.size();
                session.state = State::Gone { at: now, stays, data: data.clone() };
                self.gone.push_back((now, recovery));
                self.take(size);
                self.away += 1;
                self.all.away.fetch_add(1, Ordering::Relaxed);
            }
            (Some(_), None) => {
                self.sessions.remove(&recovery);
            }
            (None, _) => {}
        }
        self.trim(now);
    }

    /// Whether there is somebody who may come back.
    pub(crate) fn has_away(&self) -> bool {
        self.away > 0
    }

    /// Whether a socket that is gone may still come back.
    pub(crate) fn remembers(&self, recovery: RecoveryId) -> bool {
        self.sessions.contains_key(&recovery)
    }

    /// What was attached to a socket that may be recovered.
    pub(crate) fn data(&self, recovery: RecoveryId) -> Option<Attached> {
        self.sessions.get(&recovery).map(|session| match &session.state {
            State::Live(socket) => socket.attached(),
            State::Gone { data, .. } => data.clone(),
        })
    }

    /// A client wants to go on where it was: after the event with this number, if it has received any.
    ///
    /// Who has missed more than `most` bytes begins anew.
    pub(crate) fn claim(
        &mut self,
        recovery: RecoveryId,
        offset: Option<u64>,
        most: usize,
        now: u64,
    ) -> Claim {
        self.trim(now);
        let Some(session) = self.sessions.get(&recovery) else { return Claim::Unknown };
        let State::Gone { stays, .. } = &session.state else {
            let State::Live(socket) = &session.state else { return Claim::Unknown };
            return Claim::Live(socket.clone());
        };
        // A client still knows the last event of a session before, if it has received none since.
        let after = offset.unwrap_or_default().max(session.start);
        if after >= self.next || after + 1 < self.first() || !stays.is_known_from(after + 1) {
            return Claim::Unknown;
        }
        let first = self.first();
        let skip = usize::try_from(after + 1 - first).unwrap_or(usize::MAX);
        let missed: Vec<Bytes> = self
            .entries
            .iter()
            .enumerate()
            .skip(skip)
            .filter(|(place, entry)| stays.was_meant(session.id, first + *place as u64, &entry.target))
            .map(|(_, entry)| entry.frames.clone())
            .collect();
        if missed.iter().map(|frames| frames.len() + PACKET_OVERHEAD).sum::<usize>() > most {
            return Claim::Unknown;
        }
        let (id, start) = (session.id, session.start);
        let Some(stays) = self.forget(recovery) else { return Claim::Unknown };
        Claim::Goes(Recovered { id, stays, missed, start })
    }

    /// Changes the rooms of those who are gone and whom the target names.
    pub(crate) fn change_gone(&mut self, target: &Target, mut change: impl FnMut(&mut Stays, u64, u64)) {
        let (next, first) = (self.next, self.first());
        let (mut more, mut less) = (0, 0);
        for session in self.sessions.values_mut() {
            if let State::Gone { stays, .. } = &mut session.state
                && stays.was_meant(session.id, next, target)
            {
                less += stays.size();
                change(stays, next, first);
                more += stays.size();
            }
        }
        self.take(more);
        self.give_back(less);
    }

    /// Forgets those who are gone and whom the target names.
    pub(crate) fn forget_gone(&mut self, target: &Target) {
        let next = self.next;
        let meant: Vec<RecoveryId> = self
            .sessions
            .iter()
            .filter(|(_, session)| match &session.state {
                State::Live(_) => false,
                State::Gone { stays, .. } => stays.was_meant(session.id, next, target),
            })
            .map(|(recovery, _)| *recovery)
            .collect();
        for recovery in meant {
            self.forget(recovery);
        }
    }

    /// Forgets somebody who is gone. Returns where it was.
    fn forget(&mut self, recovery: RecoveryId) -> Option<Stays> {
        let session = self.sessions.remove(&recovery)?;
        let State::Gone { stays, data, .. } = session.state else { return None };
        self.detached.push(data);
        self.give_back(stays.size());
        self.away -= 1;
        self.all.away.fetch_sub(1, Ordering::Relaxed);
        Some(stays)
    }

    /// Drops what is too old or too much.
    pub(crate) fn trim(&mut self, now: u64) {
        let window = self.window();
        while let Some(oldest) = self.entries.front()
            && (self.is_too_large() || now.saturating_sub(oldest.at) > window)
        {
            self.give_back(oldest.size());
            self.entries.pop_front();
        }
        while let Some((went, recovery)) = self.gone.front().copied()
            && (self.has_too_many() || self.is_too_large() || now.saturating_sub(went) > window)
        {
            self.gone.pop_front();
            if let Some(Session { state: State::Gone { at, .. }, .. }) = self.sessions.get(&recovery)
                && *at == went
            {
                self.forget(recovery);
            }
        }
        shrink(&mut self.entries);
        shrink(&mut self.gone);
        if self.sessions.capacity() > 1024 && self.sessions.len() * 4 < self.sessions.capacity() {
            self.sessions.shrink_to(self.sessions.len() * 2);
        }
    }

    fn is_too_large(&self) -> bool {
        self.all.bytes.load(Ordering::Relaxed) > self.settings.max_bytes
    }

    fn has_too_many(&self) -> bool {
        // Those who have come back are bounded, too.
        let most = self.settings.max_sessions;
        self.all.away.load(Ordering::Relaxed) > most || self.gone.len() > most
    }

    fn take(&mut self, bytes: usize) {
        self.bytes += bytes;
        self.all.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn give_back(&mut self, bytes: usize) {
        self.bytes -= bytes;
        self.all.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// A log that is locked.
pub(crate) struct LogGuard<'a> {
    // Dropped in this order.
    log: MutexGuard<'a, Log>,
    detached: Vec<Attached>,
}

impl<'a> LogGuard<'a> {
    pub(crate) fn lock(log: &'a Mutex<Log>) -> Self {
        Self { log: log.lock().unwrap_or_else(PoisonError::into_inner), detached: Vec::new() }
    }
}

impl Deref for LogGuard<'_> {
    type Target = Log;

    fn deref(&self) -> &Log {
        &self.log
    }
}

impl DerefMut for LogGuard<'_> {
    fn deref_mut(&mut self) -> &mut Log {
        &mut self.log
    }
}

impl Drop for LogGuard<'_> {
    fn drop(&mut self) {
        self.detached = std::mem::take(&mut self.log.detached);
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.all.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        self.all.away.fetch_sub(self.away, Ordering::Relaxed);
    }
}

/// Gives memory back that is not needed any more, but not at each step.
fn shrink<T>(queue: &mut VecDeque<T>) {
    if queue.capacity() > 64 && queue.len() * 4 < queue.capacity() {
        queue.shrink_to(queue.len() * 2);
    }
}
