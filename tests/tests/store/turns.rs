//! Tests that keep the machine busy run alone, so that no other measures what they do.

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

static TURNS: RwLock<()> = RwLock::const_new(());

/// Waits until no other test runs, and keeps others from beginning.
pub(crate) async fn alone() -> RwLockWriteGuard<'static, ()> {
    TURNS.write().await
}

/// Waits until no test runs that must be alone. For those that mostly wait.
pub(crate) async fn together() -> RwLockReadGuard<'static, ()> {
    TURNS.read().await
}
