use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

#[test]
fn a_lock_that_is_taken_away_is_nobodys() {
    let folder = tempfile::tempdir().unwrap();
    let (held, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while taken.load(Ordering::SeqCst) < 3_000 {
                    let Ok(lock) = lock(folder.path()) else { continue };
                    assert_eq!(held.fetch_add(1, Ordering::SeqCst), 0, "somebody else has it too");
                    taken.fetch_add(1, Ordering::SeqCst);
                    held.fetch_sub(1, Ordering::SeqCst);
                    std::fs::remove_file(folder.path().join(LOCK)).unwrap();
                    drop(lock);
                }
            });
        }
    });
}
