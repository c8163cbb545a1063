//! What the application gave and panics takes nobody else with it.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll};

use futures_util::FutureExt;

use crate::engine::{Count, Counts};

/// What this returns; `None` if it panics.
pub(crate) fn caught<R>(counts: &Counts, f: impl FnOnce() -> R) -> Option<R> {
    std::panic::catch_unwind(AssertUnwindSafe(f)).map_err(|panic| report(counts, &*panic)).ok()
}

/// The same for what a future does.
pub(crate) fn poll_caught<F: Future + Unpin>(
    counts: &Counts,
    future: &mut F,
    cx: &mut Context<'_>,
) -> Poll<Option<F::Output>> {
    let outcome = AssertUnwindSafe(future).catch_unwind().poll_unpin(cx);
    outcome.map(|outcome| outcome.map_err(|panic| report(counts, &*panic)).ok())
}

fn report(counts: &Counts, panic: &(dyn Any + Send)) {
    counts.one(Count::Panics);
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    tracing::error!(message, "a handler or listener panicked");
}
