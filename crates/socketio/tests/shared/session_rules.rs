//! What holds of a session whatever happens to it in whatever order. The tests and the fuzzer try it.

use bytes::Bytes;
use chinwag_socketio::DisconnectReason;
use chinwag_socketio::engine_io::{
    Due, Phase, PollRefused, Protocol, Received, Session, Timing, Transport, decode,
};

/// How many kinds of steps there are.
pub(crate) const KINDS: u8 = 16;

/// A session and what was done to it.
pub(crate) struct Story {
    session: Session,
    protocol: Protocol,
    timing: Timing,
    now: u64,
    polling: bool,
    posting: bool,
    paused: bool,
}

impl Story {
    pub(crate) fn new(protocol: Protocol, transport: Transport, timing: Timing) -> Self {
        let session = Session::new(protocol, transport, 0, &timing);
        Self { session, protocol, timing, now: 0, polling: false, posting: false, paused: false }
    }

    /// Takes a step of one of the [`KINDS`], with a value where the kind needs one.
    ///
    /// # Panics
    /// A rule is broken.
    pub(crate) fn step(&mut self, kind: u8, value: u16) {
        let before = self.session.clone();
        match kind {
            0 => self.wait(u64::from(value)),
            1 => self.receive(value % 7),
            2 => self.start_poll(),
            3 => {
                self.session.end_poll();
                self.polling = false;
            }
            4 => self.start_post(),
            5 => {
                self.session.end_post();
                self.posting = false;
            }
            6 => self.start_upgrade(),
            7 => self.session.probe(),
            8 => {
                let fits = self.session.finish_upgrade();
                assert_eq!(fits, before.transport() != self.session.transport());
                assert!(!fits || self.session.is_open());
            }
            9 => self.session.abandon_upgrade(),
            10 => {
                self.session.pause();
                self.paused = true;
            }
            11 => {
                self.session.resume(self.now, &self.timing);
                if std::mem::take(&mut self.paused) {
                    self.has_time_to_answer();
                }
            }
            14 => {
                self.session.progress(self.now, &self.timing);
                self.has_time_to_answer();
            }
            12 => self.session.joined(),
            13 => {
                let until = self.session.end(DisconnectReason::ServerClose, self.now, &self.timing);
                assert_eq!(until.is_some(), before.is_open());
                assert!(!self.session.is_open());
            }
            _ => {
                let closed = self.session.close(DisconnectReason::TransportError);
                assert_eq!(closed, !matches!(before.phase(), Phase::Closed(_)));
            }
        }
        self.compare(&before);
    }

    fn has_time_to_answer(&self) {
        let later = self.now + self.timing.ping_timeout - 1;
        let due = self.session.clone().timer(later, &self.timing);
        assert!(!self.session.is_open() || due.close != Some(DisconnectReason::PingTimeout));
    }

    /// The timer always comes back while there is something to wait for.
    fn wait(&mut self, time: u64) {
        self.now += time;
        let due = self.session.timer(self.now, &self.timing);
        let ping_timeout = due.close == Some(DisconnectReason::PingTimeout);
        assert!(!(ping_timeout && self.paused), "nothing was read from who is said to be silent");
        assert!(!due.ping || self.session.is_open() && self.protocol == Protocol::V4);
        match self.session.phase() {
            Phase::Closed(_) => assert_eq!(due, Due { ping: false, close: None, next: u64::MAX }),
            Phase::Ending(reason) => {
                assert!(due.close.is_none_or(|close| close == reason));
                assert!(due.close.is_some() || due.next > self.now);
            }
            Phase::Open => assert!(due.close.is_some() || due.next > self.now && due.next < u64::MAX),
        }
    }

    fn receive(&mut self, kind: u16) {
        let packet = decode(&Bytes::from(format!("{kind}x"))).expect("a packet");
        let received = self.session.receive(&packet, self.now, &self.timing);
        assert!(self.session.is_open() || received == Received::Ignore);
        assert_eq!(received == Received::Deliver, self.session.is_open() && kind == 4);
        assert!(received != Received::Answer || self.protocol == Protocol::V3);
    }

    fn start_poll(&mut self) {
        match self.session.start_poll() {
            Ok(()) => {
                assert!(!self.polling && self.session.transport() == Transport::Polling);
                self.polling = true;
            }
            Err(PollRefused::Overlap) => assert!(self.polling),
            Err(PollRefused::Transport) => assert_eq!(self.session.transport(), Transport::WebSocket),
            Err(PollRefused::Closed) => assert!(matches!(self.session.phase(), Phase::Closed(_))),
        }
    }

    fn start_post(&mut self) {
        match self.session.start_post() {
            Ok(()) => {
                // Who has not heard yet that the server ends the session may still say something.
                assert!(matches!(
                    self.session.phase(),
                    Phase::Open | Phase::Ending(DisconnectReason::ServerClose)
                ));
                assert!(!self.posting);
                assert_eq!(self.session.transport(), Transport::Polling);
                self.posting = true;
            }
            Err(PollRefused::Overlap) => assert!(self.posting),
            Err(PollRefused::Transport) => assert_eq!(self.session.transport(), Transport::WebSocket),
            Err(PollRefused::Closed) => assert!(!self.session.is_open()),
        }
    }

    fn start_upgrade(&mut self) {
        if self.session.start_upgrade() {
            assert!(self.session.is_open() && self.session.transport() == Transport::Polling);
            assert!(!self.session.clone().start_upgrade(), "two at once");
        }
    }

    /// An ended session stays so, for the same reason, and transports only move from polling to WebSocket.
    fn compare(&self, before: &Session) {
        let after = &self.session;
        assert!(before.is_open() || !after.is_open(), "open again");
        match before.phase() {
            Phase::Closed(_) => assert_eq!(before.phase(), after.phase()),
            Phase::Ending(reason) => {
                assert!(matches!(after.phase(), Phase::Ending(now) | Phase::Closed(now) if now == reason));
            }
            Phase::Open => {}
        }
        if before.transport() == Transport::WebSocket {
            assert_eq!(after.transport(), Transport::WebSocket);
            assert!(after.clone().start_poll().is_err() && !after.clone().start_upgrade());
        }
    }
}
