//! A server that starts after one that ended badly while another program has the database open: what the index of the log
//! says may not be true any more, so it waits until it can be made anew.

use std::time::{Duration, Instant};

use chinwag_tests::DEADLINE;
use chinwag_tests::api::{Person, texts};
use chinwag_tests::server::Server;

#[tokio::test]
async fn a_start_after_a_bad_end_waits_for_whoever_has_the_database_open() {
    let mut server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    ada.post(&room, "before").await;
    let reader = rusqlite::Connection::open(server.data().join("chinwag.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM message").unwrap();
    server.kill();

    let log = server.folder().join("server.log");
    let begun = Instant::now();
    let let_go = async move {
        while !std::fs::read_to_string(&log).unwrap().contains("another program has its database open") {
            assert!(begun.elapsed() < DEADLINE, "it does not say that it waits");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        drop(reader);
    };
    tokio::join!(server.restart(), let_go);
    assert_eq!(texts(&ada.history(&room).await), ["before"]);
    ada.post(&room, "after").await;
}
