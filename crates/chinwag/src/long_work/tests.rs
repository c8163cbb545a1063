use std::sync::mpsc;

use rustix::process::{Signal, getpid, kill_process};
use tokio::sync::Mutex;

use super::*;

/// Signals reach everybody in the process: one test at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

/// How long anything that must happen may take.
const DEADLINE: Duration = Duration::from_secs(20);

fn until_stopped(progress: &Progress) {
    let begun = Instant::now();
    while !progress.is_stopped() {
        assert!(begun.elapsed() < DEADLINE, "it is asked to stop");
        std::thread::yield_now();
    }
}

/// Like a write to a disk that does not answer.
fn never(end: &mpsc::Receiver<()>) {
    // Until the test is over, which it is at the latest when it fails.
    let _ = end.recv_timeout(DEADLINE);
}

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
        never(&stuck);
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
            until_stopped(progress);
            Err::<(), _>(Failure::new("Stopped."))
        };
        let stopped = watch(signalled, |_| false, PATIENCE).await;
        assert!(matches!(stopped, Err(Failure::Run(reason)) if reason == "Stopped."));

        let signalled_twice = move |progress: &Progress| {
            kill_process(getpid(), signal).unwrap();
            until_stopped(progress);
            kill_process(getpid(), signal).unwrap();
            never(&stuck);
            Ok(())
        };
        let left = watch(signalled_twice, |_| false, PATIENCE).await;
        assert!(matches!(left, Err(Failure::Run(reason)) if reason.contains("twice")));
        drop(end);
    }
}
