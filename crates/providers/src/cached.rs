//! What issuers say of themselves, kept for a while.
//!
//! Whoever needs it while it is being fetched waits for that one request and gets its result, good or bad; nobody begins another.
//! No lock is held meanwhile: the request is a future that all of them share, driven by whoever still waits.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::Shared;
use tokio::time::Instant;

use crate::failure::Failure;

#[cfg(test)]
mod tests;

/// For how long what was fetched is good.
const LIFE: Duration = Duration::from_secs(60 * 60);
/// How often it may be fetched before that, because something is missing in it.
const RENEWAL: Duration = Duration::from_secs(10);

type Fetched<T> = Result<Arc<T>, Failure>;
type Fetching<T> = Shared<Pin<Box<dyn Future<Output = Fetched<T>> + Send>>>;

/// Something that was fetched.
pub(crate) struct Cached<T>(Mutex<State<T>>);

struct State<T> {
    /// What there is, and when it came.
    kept: Option<(Arc<T>, Instant)>,
    under_way: Option<Fetching<T>>,
    /// When it was last fetched although what there was was young enough.
    renewed: Option<Instant>,
}

impl<T: Send + Sync + 'static> Cached<T> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State { kept: None, under_way: None, renewed: None }))
    }

    /// What there is, fetched if that is older than an hour.
    pub(crate) async fn get<F>(&self, fetch: impl FnOnce() -> F) -> Fetched<T>
    where
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let fetching = {
            let mut state = self.state();
            if let Some(kept) = state.young() {
                return Ok(kept);
            }
            state.fetching(fetch)
        };
        self.settled(fetching).await
    }

    /// What there is after `seen`, in which something is missing. Nothing if that was fetched anew less than 10 s ago: so nobody
    /// makes us ask without end by naming what is not there.
    pub(crate) async fn after<F>(
        &self,
        seen: &Arc<T>,
        fetch: impl FnOnce() -> F,
    ) -> Result<Option<Arc<T>>, Failure>
    where
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let fetching = {
            let mut state = self.state();
            if let Some(kept) = state.young().filter(|kept| !Arc::ptr_eq(kept, seen)) {
                return Ok(Some(kept));
            }
            let now = Instant::now();
            if state.awaited().is_none() {
                if state.renewed.is_some_and(|at| now.duration_since(at) < RENEWAL) {
                    return Ok(None);
                }
                state.renewed = Some(now);
            }
            state.fetching(fetch)
        };
        self.settled(fetching).await.map(Some)
    }

    async fn settled(&self, fetching: Fetching<T>) -> Fetched<T> {
        let fetched = fetching.clone().await;
        let mut state = self.state();
        // The first who wakes up puts it down.
        if state.under_way.as_ref().is_some_and(|current| current.ptr_eq(&fetching)) {
            state.under_way = None;
            if let Ok(value) = &fetched {
                state.kept = Some((Arc::clone(value), Instant::now()));
            }
        }
        fetched
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State<T>> {
        // Nothing in here is ever half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Send + Sync + 'static> State<T> {
    fn young(&self) -> Option<Arc<T>> {
        let (kept, at) = self.kept.as_ref()?;
        (at.elapsed() < LIFE).then(|| Arc::clone(kept))
    }

    /// A request for which somebody waits. If all of them have gone away it stands still, and its time-out has run out by now.
    fn awaited(&self) -> Option<&Fetching<T>> {
        self.under_way.as_ref().filter(|fetching| fetching.strong_count().is_some_and(|count| count > 1))
    }

    fn fetching<F>(&mut self, fetch: impl FnOnce() -> F) -> Fetching<T>
    where
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        if let Some(fetching) = self.awaited() {
            return fetching.clone();
        }
        let fetching = fetch().map(|fetched| fetched.map(Arc::new)).boxed().shared();
        self.under_way = Some(fetching.clone());
        fetching
    }
}
