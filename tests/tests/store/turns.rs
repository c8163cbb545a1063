//! Tests that keep the machine busy run alone, so that no other measures what they do.

use tokio::sync::{RwLock, RwLockWriteGuard};

static TURNS: RwLock<()> = RwLock::const_new(());

/// Waits until no other test runs, and keeps others from beginning.
pub(crate) async fn alone() -> RwLockWriteGuard<'static, ()> {
    TURNS.write().await
}
