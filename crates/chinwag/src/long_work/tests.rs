use std::sync::mpsc;

use rustix::process::{Signal, getpid, kill_process};
use tokio::sync::Mutex;

use super::*;

/// Signals reach everybody in the process: one test at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

#[tokio::test]
async fn what_the_work_says_is_the_answer() {
    let _alone = ALONE.lock().await;
    let done = watch(|_| Ok(7), |_| false, PATIENCE).await;
    assert_eq!(done.unwrap(), 7);
    let refused = watch(|_| Err::<(), _>(Failure::new("No.")), |_| false, PATIENCE).await;
    assert!(matches!(refused, Err(Failure::Run(reason)) if reason == "No."));
}

#[tokio::test]
async fn work_that_must_end_and_does_not_is_left_where_it_is() {
    let _alone = ALONE.lock().await;
    let (end, stuck) = mpsc::channel::<()>();
    let stuck = move |_: &Progress| {
        // Like a write to a disk that does not answer.
        let _ = stuck.recv();
        Ok(())
    };
    let left = watch(stuck, |_| true, Duration::ZERO).await;
    assert!(matches!(left, Err(Failure::Run(reason)) if reason.contains("does not answer")));
    drop(end);
}

#[tokio::test]
async fn the_first_signal_asks_and_the_second_does_not_wait() {
    let _alone = ALONE.lock().await;
    for signal in [Signal::INT, Signal::TERM] {
        let (end, stuck) = mpsc::channel::<()>();
        let signalled = move |progress: &Progress| {
            kill_process(getpid(), signal).unwrap();
            while !progress.is_stopped() {
                std::thread::yield_now();
            }
            Err::<(), _>(Failure::new("Stopped."))
        };
        let stopped = watch(signalled, |_| false, PATIENCE).await;
        assert!(matches!(stopped, Err(Failure::Run(reason)) if reason == "Stopped."));

        let signalled_twice = move |progress: &Progress| {
            kill_process(getpid(), signal).unwrap();
            while !progress.is_stopped() {
                std::thread::yield_now();
            }
            kill_process(getpid(), signal).unwrap();
            let _ = stuck.recv();
            Ok(())
        };
        let left = watch(signalled_twice, |_| false, PATIENCE).await;
        assert!(matches!(left, Err(Failure::Run(reason)) if reason.contains("twice")));
        drop(end);
    }
}
