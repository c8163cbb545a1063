//! What clients make the server take of memory: no more than a few times what they send, whatever it is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail loudly, and clippy sees only functions marked as tests as such"
)]

mod connections;
mod reading;

use cap::Cap;
use mimalloc::MiMalloc;
use tokio::sync::Mutex;

/// The allocator that the server is released with, and a count of what is allocated.
#[global_allocator]
static ALLOCATOR: Cap<MiMalloc> = Cap::new(MiMalloc, usize::MAX);

/// Nothing is measured while somebody else measures.
static ALONE: Mutex<()> = Mutex::const_new(());
