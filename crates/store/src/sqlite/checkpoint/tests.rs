use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, sync_channel};

use super::{CHECKPOINT_PAGES, FULL_PAGES, Log};

fn log() -> (Log, Receiver<()>) {
    let (wanted, receiver) = sync_channel(1);
    (Log { wanted, pages: std::sync::Arc::default(), copied: std::sync::Arc::default() }, receiver)
}

fn pages(count: i64) -> i32 {
    i32::try_from(count).unwrap()
}

#[test]
fn a_checkpoint_is_wanted_for_every_so_many_new_pages() {
    let (log, wanted) = log();
    log.has(pages(CHECKPOINT_PAGES - 1));
    assert!(wanted.try_recv().is_err());
    log.has(pages(CHECKPOINT_PAGES));
    assert!(wanted.try_recv().is_ok());
    // The thread has copied them; the log goes on behind them.
    log.copied.store(CHECKPOINT_PAGES, Ordering::Relaxed);
    log.has(pages(CHECKPOINT_PAGES + 4));
    assert!(wanted.try_recv().is_err(), "not for every commit from then on");
    log.has(pages(2 * CHECKPOINT_PAGES));
    assert!(wanted.try_recv().is_ok());
}

#[test]
fn a_log_that_starts_afresh_is_counted_afresh() {
    let (log, wanted) = log();
    log.has(pages(5 * CHECKPOINT_PAGES));
    assert!(wanted.try_recv().is_ok());
    log.copied.store(5 * CHECKPOINT_PAGES, Ordering::Relaxed);
    log.has(4);
    log.has(pages(CHECKPOINT_PAGES));
    assert!(wanted.try_recv().is_ok());
}

#[test]
fn a_full_log_asks_for_a_checkpoint_whenever_somebody_wants_to_write() {
    let (log, wanted) = log();
    log.has(pages(FULL_PAGES));
    log.copied.store(FULL_PAGES, Ordering::Relaxed);
    assert!(wanted.try_recv().is_ok());
    assert!(log.is_full());
    assert!(wanted.try_recv().is_ok());
    log.pages.store(0, Ordering::Relaxed);
    assert!(!log.is_full());
}
