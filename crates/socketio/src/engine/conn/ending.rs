//! How a connection ends.

use super::{Conn, Shared};
use crate::close::{Closing, DisconnectReason};
use crate::engine_io::{Phase, Transport};

/// About how many bytes are said at the end of a connection.
const FAREWELL: usize = 8 * 1024;

impl Conn {
    /// Ends the connection of somebody who is too far behind. What waits is dropped.
    pub(super) fn end_behind(&self, shared: &mut Shared) {
        shared.outbox.abandon();
        shared.outbox.settle(&self.engine().budget);
        let closing = Closing::new("slow", self.engine().config.slow_retry_ms);
        self.end(shared, DisconnectReason::Slow, Some(closing));
    }

    /// The same, because all together are too far behind and this one is furthest.
    pub(in crate::engine) fn end_slow(&self) {
        let mut shared = self.lock();
        if shared.session.is_open() {
            self.end_behind(&mut shared);
        }
    }

    /// Closes the connection at once if it is about to end as slow, and more waits than what is said at the end. Returns
    /// whether it did.
    pub(in crate::engine) fn cut(&self) -> bool {
        let mut shared = self.lock();
        let reason = DisconnectReason::Slow;
        if shared.session.phase() != Phase::Ending(reason) {
            return false;
        }
        let cut = shared.outbox.cost() > FAREWELL && shared.close(self, reason);
        if cut {
            shared.wake_task();
            shared.wake_requests();
        }
        cut
    }

    /// Ends the connection after what waits has been written. Nothing more can be queued.
    pub(crate) fn request_close(&self, reason: DisconnectReason, closing: Option<Closing>) {
        self.end(&mut self.lock(), reason, closing);
    }

    /// Ends the connection because the server goes down: as soon as the handler in hand, if any, is done, so that its
    /// answer arrives, or so many milliseconds are over.
    pub(in crate::engine) fn drain(&self, closing: Closing, within: u64) {
        let engine = self.engine();
        let mut shared = self.lock();
        if !shared.session.is_open() || shared.drain_by.is_some() {
            return;
        }
        let by = engine.now() + within;
        shared.drain_by = Some(by);
        shared.closing = Some(Box::new(closing));
        shared.timer_at = engine.heartbeats.schedule(by, self.key);
        shared.wake_task();
    }

    /// Whether the server goes down.
    pub(in crate::engine) fn is_draining(&self) -> bool {
        self.lock().drain_by.is_some()
    }

    /// The handler in hand is done: nothing more is to be waited for.
    pub(in crate::engine) fn drained(&self) {
        self.end_drained(&mut self.lock());
    }

    pub(super) fn end_drained(&self, shared: &mut Shared) {
        let closing = shared.closing.take().map(|closing| *closing);
        self.end(shared, DisconnectReason::Draining, closing);
    }

    /// Ends the connection after what waits has been written, under the lock.
    pub(in crate::engine) fn end(
        &self,
        shared: &mut Shared,
        reason: DisconnectReason,
        closing: Option<Closing>,
    ) {
        let engine = self.engine();
        let Some(by) = shared.session.end(reason, engine.now(), &engine.timing) else { return };
        shared.drain_by = None;
        shared.closing = closing.map(Box::new);
        // Over polling only who is to be told something, or has a request under way that is to end well, is waited for.
        let by_client = matches!(reason, DisconnectReason::TransportClose | DisconnectReason::TooLarge);
        let waits = reason.by_server() || by_client;
        if shared.session.transport() == Transport::Polling && !waits {
            shared.close(self, reason);
        } else {
            shared.timer_at = engine.heartbeats.schedule(by, self.key);
        }
        shared.wake_task();
        shared.wake_requests();
    }

    /// Ends the connection at once: its transport is gone, or cannot be used any more.
    pub(crate) fn close(&self, reason: DisconnectReason) {
        let mut shared = self.lock();
        if shared.close(self, reason) {
            shared.wake_task();
            shared.wake_requests();
        }
    }

    /// Takes what is to be said at the end.
    pub(in crate::engine) fn take_closing(&self) -> Option<Box<Closing>> {
        self.lock().closing.take()
    }
}
