//! The states of a session (Engine.IO protocols 3 and 4, "Handshake", "Heartbeat", "Upgrade"), as a pure function of
//! what happens and when. Times are milliseconds on a clock of the caller's.

use super::packet::Packet;
use crate::DisconnectReason;

mod requests;
mod terms;

pub use terms::{Due, Phase, PollRefused, Protocol, Received, Timing, Transport};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Upgrade {
    None,
    /// A WebSocket is there.
    Opened,
    /// It has been probed; polls are answered at once.
    Probed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heartbeat {
    PingAt(u64),
    PongBy(u64),
    /// The client's next ping (protocol 3).
    PingBy(u64),
}

impl Heartbeat {
    /// Nothing is asked at present.
    fn rest(protocol: Protocol, now: u64, timing: &Timing) -> Self {
        match protocol {
            Protocol::V3 => Self::PingBy(now + timing.ping_interval + timing.ping_timeout),
            Protocol::V4 => Self::PingAt(now + timing.ping_interval),
        }
    }
}

/// A session.
///
/// ```
/// use chinwag_socketio::DisconnectReason;
/// use chinwag_socketio::engine_io::{Packet, Protocol, Received, Session, Timing, Transport};
///
/// let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
/// let mut session = Session::new(Protocol::V4, Transport::WebSocket, 0, &timing);
///
/// // It is asked, answers once, and then no more.
/// assert!(session.timer(25_000, &timing).ping);
/// assert_eq!(session.receive(&Packet::Pong("".into()), 26_000, &timing), Received::Ignore);
/// assert!(session.timer(51_000, &timing).ping);
/// assert_eq!(session.timer(71_000, &timing).close, Some(DisconnectReason::PingTimeout));
/// ```
#[derive(Debug, Clone)]
pub struct Session {
    protocol: Protocol,
    phase: Phase,
    transport: Transport,
    upgrade: Upgrade,
    polling: bool,
    /// The poll that waits is to wait no longer.
    released: bool,
    posting: bool,
    heartbeat: Heartbeat,
    /// Nothing is read at present, so an answer cannot be missed.
    paused: bool,
    connect_by: Option<u64>,
    end_by: u64,
}

impl Session {
    /// A session that begins now.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// let mut session = Session::new(Protocol::V4, Transport::WebSocket, 1_000, &timing);
    /// assert_eq!(session.timer(1_000, &timing).next, 26_000, "the first ping");
    /// ```
    pub fn new(protocol: Protocol, transport: Transport, now: u64, timing: &Timing) -> Self {
        Self {
            protocol,
            phase: Phase::Open,
            transport,
            upgrade: Upgrade::None,
            polling: false,
            released: false,
            posting: false,
            heartbeat: Heartbeat::rest(protocol, now, timing),
            paused: false,
            connect_by: timing.connect_timeout.map(|timeout| now + timeout),
            end_by: u64::MAX,
        }
    }

    /// Whether it lives.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// # use chinwag_socketio::DisconnectReason;
    /// session.end(DisconnectReason::Draining, 0, &timing);
    /// assert_eq!(session.phase(), Phase::Ending(DisconnectReason::Draining), "it may still fetch what waits");
    /// ```
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether both sides speak.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// session.end(chinwag_socketio::DisconnectReason::Draining, 0, &timing);
    /// assert!(!session.is_open(), "what it sends now is ignored");
    /// ```
    pub fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// The protocol that the client speaks.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// assert_eq!(session.protocol(), Protocol::V4, "it waits for pings, and sends none");
    /// ```
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The transport that it uses.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// assert!(session.start_upgrade());
    /// assert_eq!(session.transport(), Transport::Polling, "until the upgrade is finished");
    /// ```
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// A packet came.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// let hello = Packet::Message(Message::Text("hello".into()));
    /// assert_eq!(session.receive(&hello, 5, &timing), Received::Deliver);
    /// assert!(matches!(session.receive(&Packet::Close, 6, &timing), Received::Close(_)));
    /// ```
    pub fn receive(&mut self, packet: &Packet, now: u64, timing: &Timing) -> Received {
        if !self.is_open() {
            return Received::Ignore;
        }
        match (packet, self.protocol) {
            (Packet::Message(_), _) => Received::Deliver,
            (Packet::Pong(_), Protocol::V4) => {
                if let Heartbeat::PongBy(_) = self.heartbeat {
                    self.heartbeat = Heartbeat::rest(self.protocol, now, timing);
                }
                Received::Ignore
            }
            (Packet::Ping(_), Protocol::V3) => {
                self.heartbeat = Heartbeat::rest(self.protocol, now, timing);
                Received::Answer
            }
            (Packet::Close, _) => Received::Close(DisconnectReason::TransportClose),
            // In protocol 4 it is the server that asks, in protocol 3 the client.
            (Packet::Ping(_), Protocol::V4) | (Packet::Pong(_), Protocol::V3) => {
                Received::Close(DisconnectReason::TransportError)
            }
            (Packet::Open | Packet::Upgrade | Packet::Noop, _) => Received::Ignore,
        }
    }

    /// Time has passed.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// let due = session.timer(25_000, &timing);
    /// assert!(due.ping);
    /// assert_eq!(due.next, 45_000, "when the answer is late");
    /// ```
    pub fn timer(&mut self, now: u64, timing: &Timing) -> Due {
        let mut due = Due { ping: false, close: None, next: u64::MAX };
        match self.phase {
            Phase::Closed(_) => return due,
            Phase::Ending(reason) => {
                if now >= self.end_by {
                    due.close = Some(reason);
                }
                due.next = self.end_by;
                return due;
            }
            Phase::Open => {}
        }
        if self.connect_by.is_some_and(|by| now >= by) {
            due.close = Some(DisconnectReason::ConnectTimeout);
            return due;
        }
        due.next = match self.heartbeat {
            Heartbeat::PingAt(at) if now >= at => {
                due.ping = true;
                // Counted from when it should have been sent, but never less than half of the time.
                let by = (at + timing.ping_timeout).max(now + timing.ping_timeout / 2);
                self.heartbeat = Heartbeat::PongBy(by);
                // The answer may come before, and the next ping be due before this.
                by.min(now + timing.ping_interval)
            }
            Heartbeat::PingAt(at) => at,
            Heartbeat::PongBy(_) | Heartbeat::PingBy(_) if self.paused => now + timing.ping_timeout,
            Heartbeat::PongBy(by) | Heartbeat::PingBy(by) if now >= by => {
                due.close = Some(DisconnectReason::PingTimeout);
                return due;
            }
            Heartbeat::PingBy(by) => by,
            Heartbeat::PongBy(by) => by.min(now + timing.ping_interval),
        };
        due.next = due.next.min(self.connect_by.unwrap_or(u64::MAX));
        due
    }

    /// Nothing is read from the client until [`Session::resume`].
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// session.timer(25_000, &timing);
    /// session.pause();
    /// assert_eq!(session.timer(90_000, &timing).close, None, "its answer may be there, unread");
    /// ```
    pub fn pause(&mut self) {
        self.paused = true;
    }

    /// The client is read from again, and has time to answer a ping or to send its own.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// session.timer(25_000, &timing);
    /// session.pause();
    /// session.resume(90_000, &timing);
    /// assert_eq!(session.timer(109_999, &timing).close, None);
    /// assert!(session.timer(110_000, &timing).close.is_some());
    /// ```
    pub fn resume(&mut self, now: u64, timing: &Timing) {
        if !std::mem::take(&mut self.paused) {
            return;
        }
        match &mut self.heartbeat {
            Heartbeat::PongBy(by) => *by = now + timing.ping_timeout,
            Heartbeat::PingBy(by) => *by = (*by).max(now + timing.ping_timeout),
            Heartbeat::PingAt(_) => {}
        }
    }

    /// The client has taken something of what waits for it: it is there, and has time to answer as if it were asked now.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::{Protocol, Session, Timing, Transport};
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// let mut session = Session::new(Protocol::V4, Transport::WebSocket, 0, &timing);
    /// assert!(session.timer(25_000, &timing).ping);
    /// session.progress(44_000, &timing);
    /// assert_eq!(session.timer(45_000, &timing).close, None);
    /// ```
    pub fn progress(&mut self, now: u64, timing: &Timing) {
        if let Heartbeat::PongBy(by) | Heartbeat::PingBy(by) = &mut self.heartbeat {
            *by = (*by).max(now + timing.ping_timeout);
        }
    }

    /// The client has joined a namespace: the connect time-out no longer counts.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// let timing = Timing { connect_timeout: Some(5_000), ..timing };
    /// let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// session.joined();
    /// assert_eq!(session.timer(5_000, &timing).close, None);
    /// ```
    pub fn joined(&mut self) {
        self.connect_by = None;
    }

    /// A WebSocket for this session was opened. `false` if it cannot be used: there is one already, or the session
    /// is over.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// assert!(session.start_upgrade());
    /// assert!(!session.start_upgrade(), "one WebSocket is enough");
    /// ```
    pub fn start_upgrade(&mut self) -> bool {
        let fits = self.is_open() && self.transport == Transport::Polling && self.upgrade == Upgrade::None;
        if fits {
            self.upgrade = Upgrade::Opened;
        }
        fits
    }

    /// The WebSocket was probed.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// session.start_upgrade();
    /// session.probe();
    /// assert!(session.finish_upgrade(), "only a WebSocket that works is moved to");
    /// ```
    pub fn probe(&mut self) {
        if self.upgrade == Upgrade::Opened {
            self.upgrade = Upgrade::Probed;
        }
    }

    /// The client moves to the WebSocket. `false` if it may not.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// session.start_upgrade();
    /// assert!(!session.finish_upgrade(), "nothing has come through the WebSocket yet");
    /// session.probe();
    /// assert!(session.finish_upgrade());
    /// assert_eq!(session.start_poll(), Err(PollRefused::Transport));
    /// ```
    pub fn finish_upgrade(&mut self) -> bool {
        let fits = self.is_open() && self.upgrade == Upgrade::Probed;
        if fits {
            self.upgrade = Upgrade::None;
            self.transport = Transport::WebSocket;
        }
        fits
    }

    /// The WebSocket is gone before the client moved to it. It may try again.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// session.start_upgrade();
    /// session.abandon_upgrade();
    /// assert!(session.start_poll().is_ok() && session.start_upgrade());
    /// ```
    pub fn abandon_upgrade(&mut self) {
        self.upgrade = Upgrade::None;
    }

    /// The session ends after what waits has been written. Returns until when, `None` if it had ended before.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// # use chinwag_socketio::DisconnectReason;
    /// assert_eq!(session.end(DisconnectReason::Slow, 1_000, &timing), Some(3_000));
    /// assert_eq!(session.timer(3_000, &timing).close, Some(DisconnectReason::Slow), "it did not fetch what waits");
    /// ```
    pub fn end(&mut self, reason: DisconnectReason, now: u64, timing: &Timing) -> Option<u64> {
        if !self.is_open() {
            return None;
        }
        self.phase = Phase::Ending(reason);
        self.end_by = now + timing.grace;
        Some(self.end_by)
    }

    /// The session is over. The first reason counts. `false` if it was over before.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// # use chinwag_socketio::DisconnectReason;
    /// session.end(DisconnectReason::Draining, 0, &timing);
    /// assert!(session.close(DisconnectReason::TransportClose));
    /// assert_eq!(session.phase(), Phase::Closed(DisconnectReason::Draining), "why it went in the first place");
    /// ```
    pub fn close(&mut self, reason: DisconnectReason) -> bool {
        match self.phase {
            Phase::Open => self.phase = Phase::Closed(reason),
            Phase::Ending(first) => self.phase = Phase::Closed(first),
            Phase::Closed(_) => return false,
        }
        true
    }
}
