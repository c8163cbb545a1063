use std::sync::mpsc;

use super::*;

#[tokio::test]
async fn what_the_work_says_is_the_answer() {
    let done = watch(|_| Ok(7), |_| false, PATIENCE).await;
    assert_eq!(done.unwrap(), 7);
    let refused = watch(|_| Err::<(), _>(Failure::new("No.")), |_| false, PATIENCE).await;
    assert!(matches!(refused, Err(Failure::Run(reason)) if reason == "No."));
}

#[tokio::test]
async fn work_that_must_end_and_does_not_is_left_where_it_is() {
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
