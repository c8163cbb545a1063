//! The end of a server: its clients are told one after the other, and each is waited for.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::request::is_for_websocket;
use super::{Engine, Transport, session_named};
use crate::close::Closing;

/// How often a server that goes down looks for clients that were just being let in.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// How often some more are told where they are told one after the other.
const TICK: Duration = Duration::from_millis(10);
/// How many are told before others get their turn.
const AT_ONCE: usize = 256;

impl Engine {
    /// Tells when a shutdown is done, or given up.
    pub(crate) fn over(&self) -> watch::Receiver<bool> {
        self.over.subscribe()
    }

    /// Takes nobody in any more, tells everybody within `spread`, and waits until nobody is there. Whether that was before
    /// the deadline.
    pub(crate) async fn shutdown(&self, closing: Closing, spread: Duration, deadline: Duration) -> bool {
        self.draining.store(true, Ordering::Release);
        self.gone.notify_waiters();
        let _over = Over(&self.over);
        let within = self.patience(deadline.saturating_sub(spread));
        let done = async {
            self.tell_all(&closing, spread, within).await;
            // Looked for again and again, for those that were just being opened.
            while !self.admission.is_empty() {
                self.tell_all(&closing, Duration::ZERO, within).await;
                let _ = timeout(LOOK_AGAIN, self.all_gone()).await;
            }
        };
        timeout(deadline, done).await.is_ok()
    }

    /// For how many milliseconds a handler in hand may go on. The other half of the time is for telling the client.
    fn patience(&self, deadline: Duration) -> u64 {
        let half = u64::try_from(deadline.as_millis() / 2).unwrap_or(u64::MAX);
        half.min(self.timing.grace)
    }

    async fn tell_all(&self, closing: &Closing, spread: Duration, within: u64) {
        let all = self.registry.lock().unwrap_or_else(PoisonError::into_inner).all();
        let begun = Instant::now();
        let ticks = usize::try_from(spread.as_millis() / TICK.as_millis()).unwrap_or(usize::MAX);
        let at_once = all.len().div_ceil(ticks.max(1)).clamp(1, AT_ONCE);
        let count = u32::try_from(all.len()).unwrap_or(u32::MAX).max(1);
        let mut told = 0_u32;
        for some in all.chunks(at_once) {
            for conn in some {
                conn.drain(closing.clone(), within);
                told = told.saturating_add(1);
            }
            if spread.is_zero() {
                tokio::task::yield_now().await;
            } else {
                sleep_until(begun + spread.saturating_mul(told) / count).await;
            }
        }
    }

    /// Waits until nobody is there.
    async fn all_gone(&self) {
        loop {
            let gone = self.gone.notified();
            tokio::pin!(gone);
            gone.as_mut().enable();
            if self.admission.is_empty() {
                return;
            }
            gone.await;
        }
    }

    /// Frees the way that the client takes which such a request is from, so that it takes another one. `false` if its
    /// session is not here.
    pub(crate) fn release(&self, query: &str, closing: Closing) -> bool {
        let Some(conn) = session_named(query).and_then(|sid| self.session(sid)) else { return false };
        let transport = {
            let mut shared = conn.lock();
            if shared.session.release_poll() {
                shared.wake_requests();
            }
            shared.session.transport()
        };
        // A poll that waited has ended by itself if the client has moved to a WebSocket, which may take another way.
        if transport == Transport::WebSocket && is_for_websocket(query) {
            conn.drain(closing, self.timing.grace);
        }
        true
    }
}

/// Says that a shutdown is done, also if nobody waits for it any more.
struct Over<'a>(&'a watch::Sender<bool>);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.send_replace(true);
    }
}
