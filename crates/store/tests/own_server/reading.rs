//! Questions, and those who do not wait for their answers.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use xtask::Postgres;

use super::{DEADLINE, node, superuser};

/// The connections of a node to its server.
fn connections(server: &Postgres) -> String {
    let sql = "SELECT string_agg(pid::text, ' ' ORDER BY pid) FROM pg_stat_activity
               WHERE application_name = 'chinwag' AND query NOT LIKE '%pg_stat_activity%'";
    server.query(sql).unwrap()
}

#[tokio::test]
async fn who_does_not_wait_for_an_answer_takes_no_connection_away() {
    let server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let page = || subject.store.room_page(room, ann.id, None, 50);
    // As many as there may be are open.
    futures_util::future::join_all((0..50).map(|_| page())).await;
    let before = connections(&server);
    for _ in 0..50 {
        assert!(page().now_or_never().is_none(), "it has asked, and is gone");
        tokio::task::yield_now().await;
    }
    futures_util::future::join_all((0..50).map(|_| page())).await;
    assert_eq!(connections(&server), before);
}

/// That all connections are in use does not mean that PostgreSQL is away.
#[tokio::test]
async fn what_takes_long_is_not_taken_for_an_outage() {
    let server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let other = superuser(&server).await;
    other.batch_execute("BEGIN; LOCK TABLE chinwag.message IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let pages = (0..20).map(|_| subject.store.room_page(room, ann.id, None, 50));
    let mut pages = std::pin::pin!(futures_util::future::join_all(pages));
    let begun = Instant::now();
    let busy = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    loop {
        tokio::select! {
            _ = &mut pages => panic!("they were answered"),
            () = tokio::time::sleep(Duration::from_millis(20)) => {}
        }
        if server.query(busy).unwrap() == "6" {
            break;
        }
        assert!(begun.elapsed() < DEADLINE);
    }
    // For longer than PostgreSQL may stand still.
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(3_500) {
        let watched = async { (subject.store.session_news().await, subject.store.ping().await) };
        tokio::select! {
            (news, ping) = watched => {
                news.unwrap();
                ping.unwrap();
            }
            _ = &mut pages => panic!("they were answered"),
        }
    }
    other.batch_execute("COMMIT").await.unwrap();
    for page in pages.await {
        page.unwrap();
    }
}
