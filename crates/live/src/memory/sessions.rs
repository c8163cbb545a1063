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
const FRESH: Duration = Duration::from_secs(60);
/// How many ended sessions are remembered: far more than can end while a question to the store is under way.
const ENDED: usize = 10_000;

#[derive(Default)]
pub(super) struct Cache(Mutex<State>);

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
}

#[async_trait]
impl Sessions for MemoryLive {
    async fn cached(&self, key: SessionKey) -> Option<CachedSession> {
        let state = self.sessions.lock();
        let (since, session) = state.sessions.get(&key)?;
        (since.elapsed() < FRESH).then(|| session.clone())
    }

    async fn cache(&self, key: SessionKey, session: CachedSession) {
        let mut state = self.sessions.lock();
        if state.ended.contains(&key) {
            return;
        }
        if state.sessions.len() >= SESSIONS {
            state.sessions.clear();
        }
        state.sessions.insert(key, (Instant::now(), session));
    }

    async fn forget(&self, keys: &[SessionKey]) {
        let mut state = self.sessions.lock();
        for key in keys {
            state.sessions.remove(key);
        }
    }

    async fn end(&self, keys: &[SessionKey]) {
        let mut state = self.sessions.lock();
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

    async fn has_ended(&self, key: SessionKey) -> bool {
        self.sessions.lock().ended.contains(&key)
    }
}
