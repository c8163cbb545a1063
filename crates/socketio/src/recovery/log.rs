//! The events of a namespace, and the sockets that may ask for them again.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

use super::{Recovery, Stays};
use crate::encoded::Encoded;
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

/// Bounded in bytes and, as it is used, in time.
pub(crate) struct Log {
    settings: Recovery,
    /// The number of the next event.
    next: u64,
    entries: VecDeque<Entry>,
    bytes: usize,
    sessions: HashMap<RecoveryId, Session>,
    /// Who went when. Some of them have come back since.
    gone: VecDeque<(u64, RecoveryId)>,
}

impl Log {
    pub(crate) fn new(settings: Recovery) -> Self {
        Self {
            settings,
            next: 1,
            entries: VecDeque::new(),
            bytes: 0,
            sessions: HashMap::new(),
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
            self.bytes += entry.size();
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
        match (self.sessions.get_mut(&recovery), stays.filter(|stays| !stays.is_lost())) {
            (Some(session), Some(stays)) => {
                session.state = State::Gone { at: now, stays, data: data.clone() };
                self.gone.push_back((now, recovery));
            }
            (Some(_), None) => {
                self.sessions.remove(&recovery);
            }
            (None, _) => {}
        }
        self.trim(now);
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
        let after = offset.unwrap_or(session.start);
        if after < session.start || after >= self.next || after + 1 < self.first() {
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
        if missed.iter().map(Bytes::len).sum::<usize>() > most {
            return Claim::Unknown;
        }
        let (id, start) = (session.id, session.start);
        let stays = match self.sessions.remove(&recovery) {
            Some(Session { state: State::Gone { stays, .. }, .. }) => stays,
            _ => return Claim::Unknown,
        };
        Claim::Goes(Recovered { id, stays, missed, start })
    }

    /// Changes the rooms of those who are gone and whom the target names.
    pub(crate) fn change_gone(&mut self, target: &Target, mut change: impl FnMut(&mut Stays, u64, u64)) {
        let (next, first) = (self.next, self.first());
        for session in self.sessions.values_mut() {
            if let State::Gone { stays, .. } = &mut session.state
                && stays.was_meant(session.id, next, target)
            {
                change(stays, next, first);
            }
        }
    }

    /// Forgets those who are gone and whom the target names.
    pub(crate) fn forget_gone(&mut self, target: &Target) {
        let next = self.next;
        self.sessions.retain(|_, session| match &session.state {
            State::Live(_) => true,
            State::Gone { stays, .. } => !stays.was_meant(session.id, next, target),
        });
    }

    /// Drops what is too old or too much.
    fn trim(&mut self, now: u64) {
        let window = self.window();
        while let Some(oldest) = self.entries.front()
            && (self.bytes > self.settings.max_bytes || now.saturating_sub(oldest.at) > window)
        {
            self.bytes -= oldest.size();
            self.entries.pop_front();
        }
        while let Some((went, recovery)) = self.gone.front().copied()
            && (self.gone.len() > self.settings.max_sessions || now.saturating_sub(went) > window)
        {
            self.gone.pop_front();
            if let Some(Session { state: State::Gone { at, .. }, .. }) = self.sessions.get(&recovery)
                && *at == went
            {
                self.sessions.remove(&recovery);
            }
        }
    }
}
