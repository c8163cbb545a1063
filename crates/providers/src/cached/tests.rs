use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::Notify;
use tokio::time::advance;

use super::*;

/// Counts what is fetched.
#[derive(Clone, Default)]
struct Source(Arc<AtomicU32>);

impl Source {
    fn fetch(&self) -> impl Future<Output = Result<u32, Failure>> + Send + 'static {
        let count = self.0.clone();
        async move { Ok(count.fetch_add(1, Ordering::SeqCst) + 1) }
    }
}

/// What must come by itself. The clock is one of tests, and runs on when nothing else is left to do.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(1), future).await.expect("soon")
}

#[tokio::test(start_paused = true)]
async fn it_is_good_for_an_hour() {
    let (cached, source) = (Cached::new(), Source::default());
    assert_eq!(*cached.get(|| source.fetch()).await.unwrap(), 1);
    advance(LIFE - Duration::from_secs(1)).await;
    assert_eq!(*cached.get(|| source.fetch()).await.unwrap(), 1);
    advance(Duration::from_secs(1)).await;
    assert_eq!(*cached.get(|| source.fetch()).await.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn it_is_fetched_before_that_only_now_and_then() {
    let (cached, source) = (Cached::new(), Source::default());
    let first = cached.get(|| source.fetch()).await.unwrap();
    let second = cached.after(&first, || source.fetch()).await.unwrap().unwrap();
    assert_eq!(*second, 2);
    assert_eq!(*cached.after(&first, || source.fetch()).await.unwrap().unwrap(), 2, "it has come already");
    assert!(cached.after(&second, || source.fetch()).await.unwrap().is_none());
    advance(RENEWAL - Duration::from_millis(1)).await;
    assert!(cached.after(&second, || source.fetch()).await.unwrap().is_none());
    advance(Duration::from_millis(1)).await;
    assert_eq!(*cached.after(&second, || source.fetch()).await.unwrap().unwrap(), 3);
}

#[tokio::test(start_paused = true)]
async fn who_comes_meanwhile_waits_for_the_same() {
    let (cached, go, asked) = (Arc::new(Cached::new()), Arc::new(Notify::new()), Arc::new(AtomicU32::new(0)));
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let (cached, go, asked) = (cached.clone(), go.clone(), asked.clone());
            tokio::spawn(async move {
                let fetch = || async move {
                    asked.fetch_add(1, Ordering::SeqCst);
                    go.notified().await;
                    Err::<u32, _>(Failure::unavailable("down"))
                };
                cached.get(fetch).await.is_err()
            })
        })
        .collect();
    tokio::task::yield_now().await;
    go.notify_one();
    for waits in waiting {
        assert!(soon(waits).await.unwrap());
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let source = Source::default();
    assert_eq!(*cached.get(|| source.fetch()).await.unwrap(), 1, "a failure is not kept");
}

#[tokio::test(start_paused = true)]
async fn who_goes_away_leaves_nothing_that_others_wait_for() {
    let (cached, source) = (Cached::new(), Source::default());
    let never = cached.get(std::future::pending);
    assert!(tokio::time::timeout(Duration::from_secs(1), never).await.is_err());
    assert_eq!(*soon(cached.get(|| source.fetch())).await.unwrap(), 1);
}
