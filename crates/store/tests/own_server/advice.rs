//! What an operator is told of the server's settings.

use std::time::{Duration, Instant};

use chinwag_store::postgres::{Options, advice};
use xtask::Postgres;

use super::{DEADLINE, at, node, options};

#[tokio::test]
async fn what_could_lose_messages_is_said() {
    let server =
        Postgres::start_with(&[("synchronous_commit", "off"), ("fsync", "off"), ("full_page_writes", "off")])
            .unwrap();
    let advice = advice(&Options { connections: 200, ..options(&server.url()) }).await.unwrap().join("\n");
    for word in ["fsync off", "full_page_writes off", "synchronous_commit off", "max_connections = 200"] {
        assert!(advice.contains(word), "{word} in:\n{advice}");
    }
    // And it is made good where that can be done.
    let subject = node(&server).await;
    subject.user("Ann").await;
    let log = server
        .query("SELECT count(*) FROM pg_settings WHERE name = 'synchronous_commit' AND setting = 'off'");
    assert_eq!(log.unwrap(), "1", "it is still off for others");
}

#[tokio::test]
async fn a_standby_that_nobody_waits_for_is_named() {
    let server = Postgres::start().unwrap();
    assert_eq!(chinwag_store::postgres::advice(&options(&server.url())).await.unwrap(), Vec::<String>::new());
    let mut receiver = std::process::Command::new("pg_receivewal")
        .args(["--no-sync", "-D"])
        .arg(tempfile::tempdir().unwrap().keep())
        .args(["-d", &at(&server, "postgres")])
        .spawn()
        .unwrap();
    let begun = Instant::now();
    loop {
        let found = advice(&options(&server.url())).await.unwrap().join("\n");
        if found.contains("a standby and waits for none") {
            break;
        }
        assert!(begun.elapsed() < DEADLINE, "{found}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    receiver.kill().unwrap();
    receiver.wait().unwrap();
}
