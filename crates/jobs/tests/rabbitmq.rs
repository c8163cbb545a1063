//! Jobs through a real RabbitMQ: taken there, done, tried again, given up; and what becomes of them when somebody dies.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that finds something else fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chinwag_jobs::amqp::{Address, Amqp, Options};
use chinwag_jobs::{Failed, Running, Task, Work, Works};
use chinwag_store::sqlite::{self, SqliteStore};
use chinwag_store::{JobBody, JobId, JobKind, JobState, Jobs, NewJob};
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;
use xtask::RabbitMq;

/// How long anything may take that happens by itself.
const DEADLINE: Duration = Duration::from_secs(60);

/// An installation: a store, and a name at the broker that nobody else has.
struct Installation {
    store: Arc<SqliteStore>,
    options: Options,
    _folder: TempDir,
}

impl Installation {
    fn at(broker: &RabbitMq) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let folder = TempDir::new().unwrap();
        let store = SqliteStore::open(folder.path(), &sqlite::Options::default()).unwrap();
        let instance = format!("test{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let options = Options { address: Address::parse(&broker.url()).unwrap(), instance };
        Self { store, options, _folder: folder }
    }

    /// A process that takes jobs to the broker and does so many at once.
    fn process(&self, work: impl Work, at_once: usize) -> Running {
        let (store, options) = (Arc::clone(&self.store) as _, self.options.clone());
        Amqp { store, works: Works::new().with(kind(), work), at_once, options }.start()
    }

    async fn ask_for(&self, body: &str, most_tries: u32) -> JobId {
        let id = JobId(Uuid::now_v7());
        let body = JobBody::new(body.as_bytes().to_vec()).unwrap();
        let job = NewJob { id, kind: kind(), version: 1, body, not_before: None, most_tries };
        self.store.ask_for(job).await.unwrap();
        id
    }

    async fn ask_for_many(&self, count: usize) -> BTreeSet<String> {
        let bodies: BTreeSet<String> = (0..count).map(|number| format!("{number:05}")).collect();
        futures_util::future::join_all(bodies.iter().map(|body| self.ask_for(body, 5))).await;
        bodies
    }

    /// Waits until nothing waits in the table, and so many were given up.
    async fn until_table_has(&self, dead: usize) {
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
struct Writer {
    done: Arc<Mutex<BTreeMap<String, usize>>>,
    takes: Duration,
}

impl Writer {
    async fn until_done(&self, all: &BTreeSet<String>) {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_jobs_are_shared_by_four_workers() {
    let installation = Installation::at(RabbitMq::shared());
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

#[tokio::test]
async fn what_always_fails_is_given_up_with_its_history_and_may_be_tried_again() {
    let installation = Installation::at(RabbitMq::shared());
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

#[tokio::test]
async fn who_stops_costs_no_job_a_try() {
    let installation = Installation::at(RabbitMq::shared());
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

#[tokio::test]
async fn a_broker_with_tls_is_believed_if_its_certificate_is() {
    let names = vec!["localhost".to_owned()];
    let rcgen::CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).unwrap();
    let certificate = Some((cert.pem(), signing_key.serialize_pem()));
    let broker = RabbitMq::start_with(&xtask::RabbitMqSettings { certificate, lines: Vec::new() }).unwrap();
    let mut installation = Installation::at(RabbitMq::shared());
    let url = broker.url().replace("127.0.0.1", "localhost");
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, cert.pem()).unwrap();

    installation.options.address = Address::parse(&url).unwrap();
    let asked = installation.ask_for_many(1).await;
    let writer = Writer::default();
    let stranger = installation.process(writer.clone(), 1);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(installation.store.count_jobs().await.unwrap().waiting, 1, "nobody knows who that is");
    stranger.stop(DEADLINE).await;

    installation.options.address = Address::parse(&format!("{url}?cacert={}", file.display())).unwrap();
    let _running = installation.process(writer.clone(), 1);
    writer.until_done(&asked).await;
}

#[tokio::test]
async fn a_broker_that_stands_still_costs_no_job_a_try() {
    let mut broker = RabbitMq::start().unwrap();
    let installation = Installation::at(&broker);
    let writer = Writer::default();
    let running = installation.process(writer.clone(), 1);
    let first = installation.ask_for_many(1).await;
    writer.until_done(&first).await;
    broker.pause().unwrap();
    let id = installation.ask_for("while it stood still", 1).await;
    // Until it was taken, and is not confirmed.
    let begun = Instant::now();
    loop {
        let job = installation.store.job(id).await.unwrap().unwrap().job;
        // It was due at once, and is due when whoever took it has had their time.
        if job.at > job.asked_at {
            break;
        }
        assert!(begun.elapsed() < DEADLINE, "nobody takes it");
        sleep(Duration::from_millis(10)).await;
    }
    // And whoever took it goes.
    running.stop(Duration::ZERO).await;
    broker.resume().unwrap();
    let known = installation.store.job(id).await.unwrap().unwrap();
    assert_eq!((known.job.state, known.job.tries), (JobState::Waiting, 0));
    assert!(known.failures.is_empty(), "{:?}", known.failures);
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

#[tokio::test]
async fn what_a_dead_worker_had_is_done_by_another() {
    let installation = Installation::at(RabbitMq::shared());
    let asked = installation.ask_for_many(1).await;
    let stuck = Stuck::default();
    let dying = installation.process(stuck.clone(), 1);
    timeout(DEADLINE, stuck.0.notified()).await.unwrap();
    let writer = Writer::default();
    let _running = installation.process(writer.clone(), 1);
    // Without a word: its connection is gone.
    drop(dying);
    writer.until_done(&asked).await;
}

#[tokio::test]
async fn what_kills_its_workers_is_given_up() {
    let installation = Installation::at(RabbitMq::shared());
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

#[tokio::test]
async fn a_broker_that_is_killed_loses_nothing_and_one_that_is_away_is_waited_for() {
    let mut broker = RabbitMq::start().unwrap();
    let installation = Installation::at(&broker);
    let mut asked = installation.ask_for_many(300).await;
    // Takes them there, and does none.
    let relaying = installation.process(Writer::default(), 0);
    installation.until_table_has(0).await;
    broker.kill().unwrap();

    asked.insert("while it was away".to_owned());
    installation.ask_for("while it was away", 3).await;
    let writer = Writer::default();
    let _running = installation.process(writer.clone(), 4);
    let counts = installation.store.count_jobs().await.unwrap();
    assert_eq!((counts.waiting, counts.leased), (1, 0), "it waits in the table");
    broker.start_again().unwrap();
    writer.until_done(&asked).await;
    installation.until_table_has(0).await;
    drop(relaying);
}
