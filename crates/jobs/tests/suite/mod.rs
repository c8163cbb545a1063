//! What holds by whatever jobs get to those who do them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chinwag_jobs::{BackEnd, Failed, Running, Task, Work, Works};
use chinwag_store::sqlite::{Options, SqliteStore};
use chinwag_store::{JobBody, JobId, JobKind, JobState, Jobs, NewJob};
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

/// How long anything may take that happens by itself.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A store, and by what its jobs get to those who do them.
pub struct Installation {
    pub store: Arc<SqliteStore>,
    pub back_end: Box<dyn BackEnd>,
    _folder: TempDir,
}

impl Installation {
    pub fn with(back_end: impl BackEnd) -> Self {
        let folder = TempDir::new().unwrap();
        let store = SqliteStore::open(folder.path(), &Options::default()).unwrap();
        Self { store, back_end: Box::new(back_end), _folder: folder }
    }

    /// A process that does so many at once.
    pub fn process(&self, work: impl Work, at_once: usize) -> Running {
        self.back_end.begin(Arc::clone(&self.store) as _, Works::new().with(kind(), work), at_once)
    }

    pub async fn ask_for(&self, body: &str, most_tries: u32) -> JobId {
        let id = JobId(Uuid::now_v7());
        let body = JobBody::new(body.as_bytes().to_vec()).unwrap();
        let job = NewJob { id, kind: kind(), version: 1, body, not_before: None, most_tries };
        self.store.ask_for(job).await.unwrap();
        id
    }

    pub async fn ask_for_many(&self, count: usize) -> BTreeSet<String> {
        let bodies: BTreeSet<String> = (0..count).map(|number| format!("{number:05}")).collect();
        futures_util::future::join_all(bodies.iter().map(|body| self.ask_for(body, 5))).await;
        bodies
    }

    /// Waits until nothing waits in the table, and so many were given up.
    pub async fn until_table_has(&self, dead: usize) {
        let begun = Instant::now();
        loop {
            let counts = self.store.count_jobs().await.unwrap();
            if (counts.waiting, counts.leased, counts.dead) == (0, 0, dead) {
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

/// Counts how often each was done, after a while.
#[derive(Clone, Default)]
pub struct Writer {
    pub done: Arc<Mutex<BTreeMap<String, usize>>>,
    pub takes: Duration,
}

impl Writer {
    pub async fn until_done(&self, all: &BTreeSet<String>) {
        let begun = Instant::now();
        while self.done.lock().unwrap().len() < all.len() {
            assert!(begun.elapsed() < DEADLINE, "{} of {}", self.done.lock().unwrap().len(), all.len());
            sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(&self.done.lock().unwrap().keys().cloned().collect::<BTreeSet<_>>(), all);
    }
}

#[async_trait]
impl Work for Writer {
    async fn run(&self, task: &Task) -> Result<(), Failed> {
        sleep(self.takes).await;
        let body = String::from_utf8(task.body.as_bytes().to_vec()).unwrap();
        *self.done.lock().unwrap().entry(body).or_default() += 1;
        Ok(())
    }
}

pub async fn ten_thousand_jobs_are_shared_by_four_workers(installation: Installation) {
    let workers: Vec<_> =
        (0..4).map(|_| Writer { takes: Duration::from_millis(2), ..Writer::default() }).collect();
    let running: Vec<_> = workers.iter().map(|work| installation.process(work.clone(), 4)).collect();
    let asked = installation.ask_for_many(10_000).await;
    let begun = Instant::now();
    let all = || -> Vec<BTreeMap<String, usize>> {
        workers.iter().map(|work| work.done.lock().unwrap().clone()).collect()
    };
    while all().iter().map(BTreeMap::len).sum::<usize>() < asked.len() {
        assert!(begun.elapsed() < DEADLINE, "{:?}", all().iter().map(BTreeMap::len).collect::<Vec<_>>());
        sleep(Duration::from_millis(50)).await;
    }
    let (done, seconds) = (all(), begun.elapsed().as_secs_f64());
    let shares: Vec<usize> = done.iter().map(BTreeMap::len).collect();
    println!("10,000 jobs by four workers: {:.0}/s, {shares:?}", asked.len() as f64 / seconds);
    let names: BTreeSet<String> = done.into_iter().flat_map(BTreeMap::into_keys).collect();
    assert_eq!(names, asked, "each at least once");
    assert!(shares.iter().all(|share| (2_250..=2_750).contains(share)), "within 10 %: {shares:?}");
    installation.until_table_has(0).await;
    for running in running {
        running.stop(DEADLINE).await;
    }
}

/// Cannot do anything.
struct Poison;

#[async_trait]
impl Work for Poison {
    async fn run(&self, task: &Task) -> Result<(), Failed> {
        Err(Failed(format!("try {} of a bad job", task.tries)))
    }
}

pub async fn what_always_fails_is_given_up_with_its_history_and_may_be_tried_again(
    installation: Installation,
) {
    let id = installation.ask_for("bad", 3).await;
    let running = installation.process(Poison, 1);
    let begun = Instant::now();
    installation.until_table_has(1).await;
    println!("given up after {:.1?}", begun.elapsed());
    // Between a half and all of a second, and then of two.
    assert!(begun.elapsed() > Duration::from_millis(1_500), "there are pauses between its tries");
    let dead = installation.store.job(id).await.unwrap().unwrap();
    assert_eq!((dead.job.state, dead.job.tries), (JobState::Dead, 3));
    let reasons: Vec<_> = dead.failures.iter().map(|failure| failure.reason.as_str()).collect();
    assert_eq!(reasons, ["try 1 of a bad job", "try 2 of a bad job", "try 3 of a bad job"]);
    running.stop(DEADLINE).await;

    // What went wrong before is still known, also if it goes wrong again.
    assert!(installation.store.retry_job(id).await.unwrap());
    let running = installation.process(Poison, 1);
    installation.until_table_has(1).await;
    let dead = installation.store.job(id).await.unwrap().unwrap();
    assert_eq!((dead.job.tries, dead.failures.len()), (3, 6));
    running.stop(DEADLINE).await;

    assert!(installation.store.retry_job(id).await.unwrap());
    let writer = Writer::default();
    let _running = installation.process(writer.clone(), 1);
    writer.until_done(&["bad".to_owned()].into()).await;
    installation.until_table_has(0).await;
}

pub async fn who_stops_costs_no_job_a_try(installation: Installation) {
    // Each has one try, and they come and go all the time.
    let asked: BTreeSet<String> = (0..200).map(|number| format!("{number:05}")).collect();
    for body in &asked {
        installation.ask_for(body, 1).await;
    }
    let writer = Writer { takes: Duration::from_millis(5), ..Writer::default() };
    let mut stops = 0;
    while writer.done.lock().unwrap().len() < asked.len() {
        let before = writer.done.lock().unwrap().len();
        let running = installation.process(writer.clone(), 4);
        let begun = Instant::now();
        while writer.done.lock().unwrap().len() < asked.len().min(before + 20) {
            assert!(begun.elapsed() < DEADLINE, "{before} are done");
            sleep(Duration::from_millis(5)).await;
        }
        running.stop(DEADLINE).await;
        stops += 1;
    }
    println!("stopped {stops} times");
    installation.until_table_has(0).await;
    writer.until_done(&asked).await;
}

/// Begins and never ends.
#[derive(Clone, Default)]
struct Stuck(Arc<Notify>);

#[async_trait]
impl Work for Stuck {
    async fn run(&self, _task: &Task) -> Result<(), Failed> {
        self.0.notify_one();
        std::future::pending().await
    }
}

pub async fn what_a_dead_worker_had_is_done_by_another(installation: Installation) {
    let asked = installation.ask_for_many(1).await;
    let stuck = Stuck::default();
    let dying = installation.process(stuck.clone(), 1);
    timeout(DEADLINE, stuck.0.notified()).await.unwrap();
    let writer = Writer::default();
    let _running = installation.process(writer.clone(), 1);
    // Without a word.
    drop(dying);
    writer.until_done(&asked).await;
}

pub async fn what_kills_its_workers_is_given_up(installation: Installation) {
    let id = installation.ask_for("deadly", 2).await;
    for _ in 0..2 {
        let stuck = Stuck::default();
        let dying = installation.process(stuck.clone(), 1);
        timeout(DEADLINE, stuck.0.notified()).await.unwrap();
        drop(dying);
    }
    let writer = Writer::default();
    let _running = installation.process(writer.clone(), 1);
    installation.until_table_has(1).await;
    let dead = installation.store.job(id).await.unwrap().unwrap();
    assert!(dead.failures[0].reason.contains("was not finished"), "{:?}", dead.failures);
    assert!(writer.done.lock().unwrap().is_empty(), "nobody tries it once more");
}

/// Does as its task says.
struct Odd;

#[async_trait]
impl Work for Odd {
    async fn run(&self, task: &Task) -> Result<(), Failed> {
        match task.body.as_bytes() {
            b"panics" => panic!("as it is told"),
            b"is late" => std::future::pending().await,
            _ if task.tries == 2 => Ok(()),
            _ => Err(Failed("the first try".to_owned())),
        }
    }

    fn limit(&self) -> Duration {
        Duration::from_millis(50)
    }
}

pub async fn what_panics_or_takes_too_long_has_failed(installation: Installation) {
    let ids = [installation.ask_for("panics", 1).await, installation.ask_for("is late", 1).await];
    installation.ask_for("the second time it is done", 2).await;
    let _running = installation.process(Odd, 4);
    installation.until_table_has(2).await;
    let mut reasons = Vec::new();
    for id in ids {
        let job = installation.store.job(id).await.unwrap().unwrap();
        reasons.extend(job.failures.into_iter().map(|failure| failure.reason));
    }
    assert_eq!(reasons, ["it panicked", "it was not done within 50ms"]);
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

pub async fn only_so_many_are_under_way_and_who_stops_finishes_what_was_begun(installation: Installation) {
    for _ in 0..5 {
        installation.ask_for("", 3).await;
    }
    let work = Waiting::default();
    let running = installation.process(work.clone(), 2);
    while work.under_way.load(Ordering::Relaxed) < 2 {
        timeout(DEADLINE, work.begun.notified()).await.unwrap();
    }
    let go_on = async {
        // It has been told to stop, and nothing is to happen until those are let go who are under way.
        sleep(Duration::from_millis(200)).await;
        work.go_on.notify_waiters();
    };
    timeout(DEADLINE, async { tokio::join!(running.stop(DEADLINE), go_on) }).await.unwrap();
    assert_eq!(work.under_way.load(Ordering::Relaxed), 2, "nothing more was begun");
    let writer = Writer::default();
    let _running = installation.process(writer.clone(), 1);
    let begun = Instant::now();
    while writer.done.lock().unwrap().get("") < Some(&3) {
        assert!(begun.elapsed() < DEADLINE, "{:?}", writer.done);
        sleep(Duration::from_millis(10)).await;
    }
    installation.until_table_has(0).await;
    assert_eq!(writer.done.lock().unwrap()[""], 3, "and what was begun was finished");
}
