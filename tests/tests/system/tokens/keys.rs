//! The keys that sign: they change, and what they signed stays good.

use std::time::Instant;

use chinwag_tests::DEADLINE;
use chinwag_tests::api::Person;
use chinwag_tests::server::Server;
use rusqlite::Connection;
use serde_json::json;

use super::forge::{Forger, part, seconds};

const DAY: i64 = 24 * 3_600 * 1_000;

fn database(server: &Server) -> Connection {
    Connection::open(server.data().join("chinwag.db")).unwrap()
}

/// Lets all keys be older by so many days.
async fn age(server: &mut Server, days: i64) {
    server.stop().await;
    database(server).execute("UPDATE signing_key SET at = at - ?1", [days * DAY]).unwrap();
    server.restart().await;
}

/// The ids of the keys that others are told, the newest first.
async fn told(server: &Server) -> Vec<String> {
    let keys = server.http().get("/.well-known/jwks.json").await.expect(200)["keys"].clone();
    keys.as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_key_signs_for_a_month_and_stays_for_a_day() {
    let mut server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let first = ada.short_token(&json!({"minutes": 60})).await;
    let kid = |token: &str| part(token, 0)["kid"].as_str().unwrap().to_owned();
    age(&mut server, 29).await;
    assert_eq!(kid(&ada.short_token(&json!({})).await), kid(&first), "it is not a month old");
    age(&mut server, 2).await;
    let second = ada.short_token(&json!({})).await;
    assert_ne!(kid(&second), kid(&first));
    assert_eq!(told(&server).await, [kid(&second), kid(&first)]);
    for token in [&first, &second] {
        server.http().with_token(token).get("/api/v1/session").await.expect(200);
    }
    assert_eq!(kid(&ada.short_token(&json!({})).await), kid(&second), "the new one goes on signing");

    age(&mut server, 2).await;
    let begun = Instant::now();
    let count = |server: &Server| {
        database(server)
            .query_row("SELECT count(*) FROM signing_key", [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    while count(&server) > 1 {
        assert!(begun.elapsed() < DEADLINE, "nobody drops the old key");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    println!("the old key was dropped after {:?}", begun.elapsed());
    server.stop().await;
    server.restart().await;
    assert_eq!(told(&server).await, [kid(&second)]);
    server.http().with_token(&first).get("/api/v1/session").await.expect_error(401, "unauthenticated");
    server.http().with_token(&second).get("/api/v1/session").await.expect(200);
}

#[tokio::test]
async fn a_key_that_is_not_known_is_asked_for_once_a_second() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let token = ada.short_token(&json!({})).await;
    let forger = Forger::of(&server, &token);
    // Another server has made a key just now.
    let id = uuid::Uuid::now_v7();
    let made = "INSERT INTO signing_key (id, at, secret) SELECT ?1, at + 1, secret FROM signing_key";
    assert_eq!(database(&server).execute(made, [id.as_bytes()]).unwrap(), 1);
    let by_new = forger.headed(&[("kid", json!(id))]);
    let begun = Instant::now();
    while server.http().with_token(&by_new).get("/api/v1/session").await.status != 200 {
        assert!(begun.elapsed() < DEADLINE, "nobody asks for it");
    }
    println!("a new key was known after {:?}", begun.elapsed());
    assert!(begun.elapsed().as_secs() < 3);
    assert!(forger.claims["exp"].as_u64().unwrap() > seconds());
}
