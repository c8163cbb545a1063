//! What becomes of jobs when something happens to RabbitMQ, and what else is its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chinwag_jobs::amqp::{Address, Options};
use chinwag_store::{JobState, Jobs};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use xtask::RabbitMq;

use crate::suite::{DEADLINE, Installation, Writer};

/// The broker at this URL, with a name that nobody else has there.
pub fn options(url: &str) -> Options {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let instance = format!("test{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    Options { address: Address::parse(url).unwrap(), instance }
}

#[tokio::test]
async fn a_broker_with_tls_is_believed_if_its_certificate_is() {
    let names = vec!["localhost".to_owned()];
    let rcgen::CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).unwrap();
    let certificate = Some((cert.pem(), signing_key.serialize_pem()));
    let broker = RabbitMq::start_with(&xtask::RabbitMqSettings { certificate, lines: Vec::new() }).unwrap();
    let url = broker.url().replace("127.0.0.1", "localhost");
    let mut installation = Installation::with(options(&url));
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, cert.pem()).unwrap();

    let asked = installation.ask_for_many(1).await;
    let writer = Writer::default();
    let stranger = installation.process(writer.clone(), 1);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(installation.store.count_jobs().await.unwrap().waiting, 1, "nobody knows who that is");
    stranger.stop(DEADLINE).await;

    installation.back_end = Box::new(options(&format!("{url}?cacert={}", file.display())));
    let _running = installation.process(writer.clone(), 1);
    writer.until_done(&asked).await;
}

#[tokio::test]
async fn a_broker_that_stands_still_costs_no_job_a_try() {
    let mut broker = RabbitMq::start().unwrap();
    let installation = Installation::with(options(&broker.url()));
    let writer = Writer::default();
    let running = installation.process(writer.clone(), 1);
    let first = installation.ask_for_many(1).await;
    writer.until_done(&first).await;
    // Who gave it there has heard that it came, and takes the next.
    installation.until_table_has(0).await;
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

#[tokio::test]
async fn a_broker_that_is_killed_loses_nothing_and_one_that_is_away_is_waited_for() {
    let mut broker = RabbitMq::start().unwrap();
    let installation = Installation::with(options(&broker.url()));
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
