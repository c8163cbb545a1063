//! The end of sockets whose short-lived token has expired.
//!
//! One task looks at the one that ends first; for all others nothing is done until then.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chinwag_model::Millis;
use chinwag_socketio::{Socket, SocketId};
use tokio::sync::Notify;

use super::SessionEnded;
use crate::accounts::now;
use crate::app::App;

#[cfg(test)]
mod tests;

/// How often the clock is looked at while any waits: tokens end by the time of day, which may be set.
const LOOK: Duration = Duration::from_secs(5);
/// How many are ended before others get their turn.
const AT_ONCE: usize = 256;

/// Sockets, by when they end. There are as many as there are sockets, at most: each is here once, until it ends or is gone.
pub(crate) struct Expiries<T = Socket> {
    waiting: Mutex<BTreeMap<(Millis, SocketId), T>>,
    /// Told when another one is the first to end.
    sooner: Notify,
}

impl<T> Default for Expiries<T> {
    fn default() -> Self {
        Self { waiting: Mutex::default(), sooner: Notify::new() }
    }
}

impl<T> Expiries<T> {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Millis, SocketId), T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets one end at this time.
    pub(super) fn watch(&self, id: SocketId, ends_at: Millis, socket: T) {
        let mut waiting = self.lock();
        waiting.insert((ends_at, id), socket);
        let is_first = waiting.first_key_value().is_some_and(|(first, _)| *first == (ends_at, id));
        drop(waiting);
        if is_first {
            self.sooner.notify_one();
        }
    }

    /// Lets one that was to end at this time go on until another. `false`: it has ended, or is ending.
    pub(super) fn put_off(&self, id: SocketId, ended_at: Millis, ends_at: Millis) -> bool {
        let Some(socket) = self.lock().remove(&(ended_at, id)) else { return false };
        self.watch(id, ends_at, socket);
        true
    }

    /// One that was to end at this time is gone.
    pub(super) fn forget(&self, id: SocketId, ends_at: Millis) {
        self.lock().remove(&(ends_at, id));
    }

    /// Takes out some of those whose time is over. With them comes how long nothing has to be done, or `None` where nothing
    /// waits.
    fn due(&self, now: Millis) -> (Vec<T>, Option<Duration>) {
        let mut waiting = self.lock();
        let mut due = Vec::new();
        while due.len() < AT_ONCE
            && let Some(first) = waiting.first_entry()
            && first.key().0 <= now
        {
            due.push(first.remove());
        }
        let next = waiting.first_key_value().map(|((ends_at, _), _)| ends_at.0.saturating_sub(now.0));
        (due, next.map(|millis| Duration::from_millis(u64::try_from(millis).unwrap_or_default())))
    }
}

/// Ends sockets as their tokens expire. A task of the application.
pub(crate) async fn end_expired(app: Arc<App>) {
    loop {
        let (due, next) = app.expiries.due(now());
        for socket in due {
            end(&socket);
        }
        match next {
            None => app.expiries.sooner.notified().await,
            Some(next) => {
                tokio::select! {
                    () = tokio::time::sleep(next.min(LOOK)) => {}
                    () = app.expiries.sooner.notified() => {}
                }
            }
        }
    }
}

fn end(socket: &Socket) {
    let ended = SessionEnded {
        code: "token_expired",
        message: "Your token has expired. Get another one, and connect with that.",
    };
    if let Err(error) = socket.emit("session:ended", &ended) {
        tracing::error!(%error, "the end of a token could not be told");
    }
    socket.kick();
    socket.close();
}
