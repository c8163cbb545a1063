use std::sync::mpsc::channel;
use std::time::Duration;

use super::*;

#[tokio::test]
async fn only_so_much_may_wait_and_what_nobody_waits_for_is_not_done() {
    let workers = Workers::start("test", 1).unwrap();
    let (go, gate) = channel::<()>();
    let (begun, has_begun) = oneshot::channel();
    let busy = tokio::spawn({
        let workers = workers.clone();
        async move {
            let job = move || {
                begun.send(()).unwrap();
                gate.recv().unwrap();
            };
            workers.work(job).await
        }
    });
    has_begun.await.unwrap();
    let (tell, told) = channel();
    let mut waiting = Vec::new();
    for number in 0..WAITING {
        let (workers, tell) = (workers.clone(), tell.clone());
        let mut asked = Box::pin(async move { workers.work(move || tell.send(number).unwrap()).await });
        // Looked at once, it has a place.
        assert!(tokio::time::timeout(Duration::ZERO, &mut asked).await.is_err());
        waiting.push(asked);
    }
    assert!(matches!(workers.work(|| ()).await, Err(Error::Unavailable)));
    // The first of those who wait gives up.
    drop(waiting.remove(0));
    go.send(()).unwrap();
    busy.await.unwrap().unwrap();
    for asked in waiting {
        asked.await.unwrap();
    }
    drop(tell);
    assert_eq!(told.iter().collect::<Vec<_>>(), (1..WAITING).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_panic_ends_one_job_and_not_the_thread() {
    let workers = Workers::start("test", 1).unwrap();
    assert!(matches!(workers.work(|| panic!("on purpose")).await, Err::<(), _>(Error::Internal)));
    assert_eq!(workers.work(|| 7).await.unwrap(), 7);
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn the_threads_give_way_to_others() {
    let workers = Workers::start("test", 1).unwrap();
    let theirs = workers.work(|| rustix::process::nice(0).unwrap()).await.unwrap();
    let ours = rustix::process::nice(0).unwrap();
    assert!(theirs >= ours + NICE || theirs == 19, "{theirs} beside {ours}");
}
