//! Cached sessions within one node.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chinwag_model::SessionKey;
use tokio::time::Instant;

use super::MemoryLive;
use crate::{CachedSession, Sessions};

#[cfg(test)]
mod tests;

/// Most sessions that are remembered; a full cache is emptied and fills again from the store.
const SESSIONS: usize = 20_000;
/// How long what the store said is believed: whatever goes wrong with telling that a session has ended, it is over then.
pub(crate) const FRESH: Duration = Duration::from_secs(60);
/// How many ended sessions are remembered: far more than can end while a question to the store is under way.
const ENDED: usize = 10_000;

/// The sessions that a node remembers, and those that it was told have ended.
#[derive(Default)]
pub(crate) struct Cache(Mutex<State>);

#[derive(Default)]
struct State {
    sessions: HashMap<SessionKey, (Instant, CachedSession)>,
    ended: HashSet<SessionKey>,
    /// The same, the oldest first.
    ended_in_order: VecDeque<SessionKey>,
}

impl Cache {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session that was remembered less than `fresh`, and less than a minute, ago.
    pub(crate) fn cached(&self, key: SessionKey, fresh: Duration) -> Option<CachedSession> {
        let state = self.lock();
        let (since, session) = state.sessions.get(&key)?;
        (since.elapsed() < fresh.min(FRESH)).then(|| session.clone())
    }

    /// Remembers a session, unless it has ended.
    pub(crate) fn cache(&self, key: SessionKey, session: CachedSession) {
        self.cache_aged(key, session, Duration::ZERO);
    }

    /// The same, for one that the store has told so long ago.
    pub(crate) fn cache_aged(&self, key: SessionKey, session: CachedSession, age: Duration) {
        let mut state = self.lock();
        if state.ended.contains(&key) {
            return;
        }
        if state.sessions.len() >= SESSIONS {
            state.sessions.clear();
        }
        // A machine that started just now has no earlier time.
        if let Some(since) = Instant::now().checked_sub(age) {
            state.sessions.insert(key, (since, session));
        }
    }

    /// Forgets sessions that go on.
    pub(crate) fn forget(&self, keys: &[SessionKey]) {
        let mut state = self.lock();
        for key in keys {
            state.sessions.remove(key);
        }
    }

    /// Forgets all sessions that go on, since it may not have been told that they have ended.
    pub(crate) fn forget_all(&self) {
        self.lock().sessions.clear();
    }

    /// Forgets sessions that have ended, for good.
    pub(crate) fn end(&self, keys: &[SessionKey]) {
        let mut state = self.lock();
        for key in keys {
            state.sessions.remove(key);
            if state.ended.insert(*key) {
                state.ended_in_order.push_back(*key);
            }
        }
        while state.ended_in_order.len() > ENDED {
            if let Some(oldest) = state.ended_in_order.pop_front() {
                state.ended.remove(&oldest);
            }
        }
    }

    /// Whether a session was said to have ended.
    pub(crate) fn has_ended(&self, key: SessionKey) -> bool {
        self.lock().ended.contains(&key)
    }
}

#[async_trait]
impl Sessions for MemoryLive {
    async fn cached(&self, key: SessionKey) -> Option<CachedSession> {
        self.sessions.cached(key, FRESH)
    }

    async fn cache(&self, key: SessionKey, session: CachedSession) {
        self.sessions.cache(key, session);
    }

    async fn forget(&self, keys: &[SessionKey]) {
        self.sessions.forget(keys);
    }

    async fn end(&self, keys: &[SessionKey]) {
        self.sessions.end(keys);
    }

    async fn has_ended(&self, key: SessionKey) -> bool {
        self.sessions.has_ended(key)
    }
}
