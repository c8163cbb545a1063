use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use chinwag_store::sqlite::{Options, SqliteStore};
use chinwag_store::{JobBody, JobState, Jobs, NewJob};
use tempfile::TempDir;
use tokio::sync::Notify;

use super::*;
use crate::work::Work;

/// How long anything may take.
const DEADLINE: Duration = Duration::from_secs(40);

struct Bench {
    store: Arc<SqliteStore>,
    _folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = SqliteStore::open(folder.path(), &Options::default()).unwrap();
        Self { store, _folder: folder }
    }

    fn runner(&self, work: impl Work, at_once: usize) -> Running {
        Runner::new(Arc::clone(&self.store) as _, Works::new().with(kind(), work), at_once).start()
    }

    async fn ask_for(&self, body: &str, most_tries: u32) -> JobId {
        let id = JobId(uuid::Uuid::now_v7());
        let body = JobBody::new(body.as_bytes().to_vec()).unwrap();
        let job = NewJob { id, kind: kind(), version: 1, body, not_before: None, most_tries };
        self.store.ask_for(job).await.unwrap();
        id
    }

    /// Waits until the table is as it is to be.
    async fn until(&self, waiting: usize, dead: usize) {
        let begun = Instant::now();
        loop {
            let counts = self.store.count_jobs().await.unwrap();
            if (counts.waiting, counts.leased, counts.dead) == (waiting, 0, dead) {
                return;
            }
            assert!(begun.elapsed() < DEADLINE, "{counts:?}");
            sleep(Duration::from_millis(10)).await;
        }
    }
}

fn kind() -> JobKind {
    JobKind::parse("test.kind").unwrap()
}

/// Writes down what it is given.
#[derive(Clone, Default)]
struct Writer(Arc<Mutex<Vec<String>>>);

#[async_trait]
impl Work for Writer {
    async fn run(&self, task: &Task) -> Result<(), Failed> {
        self.0.lock().unwrap().push(String::from_utf8(task.body.as_bytes().to_vec()).unwrap());
        Ok(())
    }
}

#[tokio::test]
async fn what_is_due_is_done_once_by_several_runners() {
    let bench = Bench::new();
    for number in 0..200 {
        bench.ask_for(&format!("{number:03}"), 3).await;
    }
    let writer = Writer::default();
    let runners: Vec<_> = (0..4).map(|_| bench.runner(writer.clone(), 3)).collect();
    bench.until(0, 0).await;
    // And what is asked for later.
    bench.ask_for("200", 3).await;
    bench.until(0, 0).await;
    for runner in runners {
        runner.stop(DEADLINE).await;
    }
    let mut done = writer.0.lock().unwrap().clone();
    done.sort_unstable();
    assert_eq!(done, (0..=200).map(|number| format!("{number:03}")).collect::<Vec<_>>());
}

/// Fails as its task says.
struct Failing;

#[async_trait]
impl Work for Failing {
    async fn run(&self, task: &Task) -> Result<(), Failed> {
        match task.body.as_bytes() {
            b"panic" => panic!("as it is told"),
            b"late" => std::future::pending().await,
            b"second" if task.tries == 2 => Ok(()),
            _ => Err(Failed(format!("try {} of a bad job", task.tries))),
        }
    }

    fn limit(&self) -> Duration {
        Duration::from_millis(50)
    }
}

#[tokio::test]
async fn what_fails_is_tried_again_and_given_up_with_its_history() {
    let bench = Bench::new();
    let ids =
        [bench.ask_for("bad", 2).await, bench.ask_for("panic", 1).await, bench.ask_for("late", 1).await];
    bench.ask_for("second", 2).await;
    let _running = bench.runner(Failing, 4);
    bench.until(0, 3).await;
    let mut reasons = Vec::new();
    for id in ids {
        let job = bench.store.job(id).await.unwrap().unwrap();
        assert_eq!(job.job.state, JobState::Dead);
        reasons.push(job.failures.into_iter().map(|failure| failure.reason).collect::<Vec<_>>());
    }
    let [bad, panicked, late] = reasons.try_into().unwrap();
    assert_eq!(bad, ["try 1 of a bad job", "try 2 of a bad job"]);
    assert_eq!(panicked, ["it panicked"]);
    assert_eq!(late, ["it was not done within 50ms"]);
}

/// Waits to be let go, and counts how many do.
#[derive(Clone, Default)]
struct Waiting {
    under_way: Arc<AtomicUsize>,
    begun: Arc<Notify>,
    go_on: Arc<Notify>,
}

#[async_trait]
impl Work for Waiting {
    async fn run(&self, _task: &Task) -> Result<(), Failed> {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        self.begun.notify_one();
        self.go_on.notified().await;
        Ok(())
    }
}

#[tokio::test]
async fn only_so_many_are_under_way_and_who_stops_finishes_what_was_begun() {
    let bench = Bench::new();
    for _ in 0..5 {
        bench.ask_for("", 3).await;
    }
    let work = Waiting::default();
    let running = bench.runner(work.clone(), 2);
    while work.under_way.load(Ordering::Relaxed) < 2 {
        timeout(DEADLINE, work.begun.notified()).await.unwrap();
    }
    let counts = bench.store.count_jobs().await.unwrap();
    assert_eq!((counts.waiting, counts.leased), (3, 2));
    let go_on = async {
        // It has been told to stop by now, and hears it first.
        tokio::task::yield_now().await;
        work.go_on.notify_waiters();
    };
    timeout(DEADLINE, async { tokio::join!(running.stop(DEADLINE), go_on) }).await.unwrap();
    bench.until(3, 0).await;
    assert_eq!(work.under_way.load(Ordering::Relaxed), 2, "nothing more was begun");
}
