//! What is due at a certain time: pings, the end of who does not answer them, and of who was to be done by then.

use std::sync::Arc;

use super::{Conn, Pushed, Shared};
use crate::engine::heartbeat::{most_later, spread};
use crate::engine_io::{PING, Phase, Protocol};

impl Conn {
    /// Begins to keep time.
    pub(in crate::engine) fn start_timer(&self) {
        let engine = self.engine();
        let mut shared = self.lock();
        let timing = &engine.timing;
        let due = shared.session.timer(engine.now(), timing);
        // The session still counts from when the ping was due.
        let pings = shared.session.protocol() == Protocol::V4
            && timing.connect_timeout.is_none_or(|timeout| timeout > timing.ping_interval);
        let later = if pings { spread(self.key, most_later(timing)) } else { 0 };
        // The server may be going down already.
        let next = (due.next + later).min(shared.drain_by.unwrap_or(u64::MAX));
        shared.timer_at = engine.heartbeats.schedule(next, self.key);
    }

    /// The time that was asked for has come.
    pub(in crate::engine) fn timer(self: &Arc<Self>, now: u64) {
        let engine = self.engine();
        let mut shared = self.lock();
        if now < shared.timer_at {
            return;
        }
        let mark = self.check(&mut shared, now);
        if !matches!(shared.session.phase(), Phase::Closed(_)) && now >= shared.timer_at {
            let next = shared.session.timer(now, &engine.timing).next;
            shared.timer_at = engine.heartbeats.schedule(next, self.key);
        }
        drop(shared);
        if mark {
            self.mark();
        }
    }

    /// Does what is due. Returns whether the flusher is to be told.
    fn check(&self, shared: &mut Shared, now: u64) -> bool {
        if shared.session.is_open() && shared.drain_by.is_some_and(|by| now >= by) {
            self.end_drained(shared);
        }
        let due = shared.session.timer(now, &self.engine().timing);
        if let Some(reason) = due.close {
            match shared.session.phase() {
                Phase::Open => self.end(shared, reason, None),
                Phase::Ending(_) | Phase::Closed(_) => {
                    shared.close(self, reason);
                    shared.wake_task();
                    shared.wake_requests();
                }
            }
        }
        if !due.ping {
            return false;
        }
        // A ping is small, and no reason to call a client slow.
        shared.outbox.force_first(PING);
        shared.announce() == Pushed::Dirty
    }

    /// Does what is due, if a request comes before the timer does.
    pub(in crate::engine) fn check_now(self: &Arc<Self>) {
        let mark = {
            let mut shared = self.lock();
            self.check(&mut shared, self.engine().now())
        };
        if mark {
            self.mark();
        }
    }
}
