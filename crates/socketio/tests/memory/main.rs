//! What clients make the server take of memory: so many times what they send, whatever it is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail loudly, and clippy sees only functions marked as tests as such"
)]

mod connections;
mod reading;

use std::sync::{Mutex, PoisonError};

use cap::Cap;
use mimalloc::MiMalloc;

/// The allocator that the server is released with, and a count of what is allocated.
#[global_allocator]
static ALLOCATOR: Cap<MiMalloc> = Cap::new(MiMalloc, usize::MAX);

/// Runs a test when no other one does: nobody else may allocate anything while it measures.
fn alone<R>(test: impl FnOnce() -> R) -> R {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    test()
}

/// The same with a runtime.
fn alone_with_runtime<F: Future>(test: F) -> F::Output {
    alone(|| tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test))
}
