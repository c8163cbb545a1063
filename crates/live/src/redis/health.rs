//! Whether Redis can be relied on.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// Counts what is down of all that must be up. While anything is, Redis is suspect.
#[derive(Clone)]
pub(super) struct Health(Arc<State>);

struct State {
    down: Mutex<usize>,
    suspect: watch::Sender<bool>,
}

/// Something that must be up, for as long as this lives. It is down at first.
pub(super) struct Part {
    health: Health,
    up: bool,
}

impl Health {
    /// Nothing is down.
    pub(super) fn new() -> Self {
        Self(Arc::new(State { down: Mutex::new(0), suspect: watch::Sender::new(false) }))
    }

    /// Whether anything is down.
    pub(super) fn is_suspect(&self) -> bool {
        *self.0.suspect.borrow()
    }

    /// Tells of changes.
    pub(super) fn watch(&self) -> watch::Receiver<bool> {
        self.0.suspect.subscribe()
    }

    /// Something more that must be up.
    pub(super) fn part(&self) -> Part {
        self.count(|down| down.saturating_add(1));
        Part { health: self.clone(), up: false }
    }

    fn count(&self, change: impl FnOnce(usize) -> usize) {
        let mut down = self.0.down.lock().unwrap_or_else(PoisonError::into_inner);
        *down = change(*down);
        let suspect = *down > 0;
        self.0.suspect.send_if_modified(|known| std::mem::replace(known, suspect) != suspect);
    }
}

impl Part {
    /// It is up, or down. Says whether that is news.
    pub(super) fn set(&mut self, up: bool) -> bool {
        let news = self.up != up;
        if news {
            self.up = up;
            self.health.count(|down| if up { down.saturating_sub(1) } else { down.saturating_add(1) });
        }
        news
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.set(true);
    }
}
