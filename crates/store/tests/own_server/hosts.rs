//! Several hosts, and such as say nothing.

use std::time::{Duration, Instant};

use chinwag_store::postgres::{OpenError, PostgresStore};
use chinwag_store::{Sessions, Streams};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use xtask::Postgres;

use super::{options, superuser};
use crate::suite::Subject;

/// How long a host may take that says nothing. Three times what is promised.
const SILENCE: Duration = Duration::from_secs(9);

fn url(first: u16, second: u16) -> String {
    format!("postgres://chinwag@127.0.0.1:{first},127.0.0.1:{second}/chinwag")
}

/// A server at which nothing can be written.
async fn standing() -> Postgres {
    let server = Postgres::start().unwrap();
    let set = "ALTER ROLE chinwag SET default_transaction_read_only = on";
    superuser(&server).await.batch_execute(set).await.unwrap();
    server
}

/// Takes connections, and never says anything.
async fn silent() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut taken = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            taken.push(stream);
        }
    });
    port
}

#[tokio::test]
async fn a_host_that_says_nothing_does_not_keep_from_the_next() {
    let server = Postgres::start().unwrap();
    let begun = Instant::now();
    let options = options(&url(silent().await, server.port()));
    let subject = Subject::new(PostgresStore::open(&options).await.unwrap());
    println!("opened after {:?}", begun.elapsed());
    assert!(begun.elapsed() < SILENCE, "{:?}", begun.elapsed());
    let begun = Instant::now();
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    subject.post(room, &ann, "hello").await;
    subject.store.ping().await.unwrap();
    // Whoever connects later knows which one says nothing.
    println!("used after {:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

/// It has answered until now, and suddenly nothing is heard of it; what only watches finds the other one by itself.
#[tokio::test]
async fn when_a_host_falls_silent_the_next_is_found() {
    let mut first = Postgres::start().unwrap();
    let second = Postgres::start().unwrap();
    let options = options(&url(first.port(), second.port()));
    // Both are ours, as if one were the other's successor.
    drop(PostgresStore::open(&super::options(&second.url())).await.unwrap());
    let store = PostgresStore::open(&options).await.unwrap();
    store.session_news().await.unwrap();
    first.pause().unwrap();
    let begun = Instant::now();
    while store.session_news().await.is_err() {
        assert!(begun.elapsed() < 2 * SILENCE, "it was not found");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!("found after {:?}", begun.elapsed());
    store.ping().await.unwrap();
    first.resume().unwrap();
}

#[tokio::test]
async fn of_several_hosts_the_one_that_can_be_written_to_is_used() {
    let standing = standing().await;
    let server = Postgres::start().unwrap();
    let options = options(&url(standing.port(), server.port()));
    let subject = Subject::new(PostgresStore::open(&options).await.unwrap());
    subject.user("Ann").await;
    assert_eq!(server.query("SELECT count(*) FROM chinwag.user").unwrap(), "1");
}

#[tokio::test]
async fn of_several_hosts_each_says_why_it_cannot_be_used() {
    let (silent, standing) = (silent().await, standing().await);
    let Err(OpenError::Unreachable { reason, .. }) =
        PostgresStore::open(&options(&url(silent, standing.port()))).await
    else {
        panic!("it was opened");
    };
    assert!(reason.contains(&format!("127.0.0.1:{silent}: it does not answer within")), "{reason}");
    assert!(reason.contains(&format!("127.0.0.1:{}: ", standing.port())), "{reason}");
    assert!(reason.contains("does not allow writes"), "{reason}");
}

/// It lets one in, and then says no more.
#[tokio::test]
async fn a_server_that_says_nothing_after_the_greeting_is_given_up() {
    let server = Postgres::start().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, behind) = (listener.local_addr().unwrap().port(), server.port());
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(("127.0.0.1", behind)).await.unwrap();
            tokio::spawn(async move {
                // The first message of the client, and all that the server says to it.
                let mut message = vec![0; 4096];
                let length = client.read(&mut message).await.unwrap();
                server.write_all(&message[..length]).await.unwrap();
                tokio::io::copy(&mut server, &mut client).await
            });
        }
    });
    let begun = Instant::now();
    let options = options(&format!("postgres://chinwag@127.0.0.1:{port}/chinwag"));
    let Err(OpenError::Unreachable { reason, .. }) = PostgresStore::open(&options).await else {
        panic!("it was opened");
    };
    println!("given up after {:?}", begun.elapsed());
    assert!(reason.contains("does not answer"), "{reason}");
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}
