//! Tokens over several nodes: what one node signs the other believes at once, and what ends on one ends on the other.

use std::time::{Duration, Instant};

use chinwag_tests::api::Person;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use serde_json::json;
use xtask::Postgres;

use crate::turns::together;

/// Within this a token that was revoked on one node has no sockets on another; 2 s are promised.
const ENDED: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_one_node_are_good_on_the_other_until_they_are_revoked() {
    let _together = together().await;
    let url = Postgres::shared().new_database().unwrap();
    // Theirs is the address that people know.
    let node = || Server::with().database(&url).env("CHINWAG_PUBLIC_URL", "http://chat.example.org").start();
    let (a, b) = (node().await, node().await);
    let mut ada = Person::sign_up(&a, "Ada").await;
    let access = ada.make_token("bot", &["read"]).await;
    let mut sockets = Vec::new();
    // The first key is made by the one node, and the other looks at it before it could have heard of it.
    for (signs, believes) in [(&a, &b), (&b, &a)] {
        let mut bot = Person { http: signs.http().with_token(&access), ..ada.clone() };
        let short = bot.short_token(&json!({})).await;
        believes.http().with_token(&short).get("/api/v1/me").await.expect(200);
        for token in [&access, &short] {
            let mut socket = Socket::connect(&believes.address(), token).await;
            socket.event_named("session:ready").await;
            sockets.push(socket);
        }
    }
    let keys = a.http().get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1, "one key signs for both: {keys}");
    assert_eq!(keys, b.http().get("/.well-known/jwks.json").await.expect(200));

    let id = ada.http.get("/api/v1/tokens").await.expect(200)["tokens"][0]["id"].clone();
    ada.http.delete(&format!("/api/v1/tokens/{}", id.as_str().unwrap())).await.expect(200);
    let begun = Instant::now();
    for mut socket in sockets {
        let events = socket.closed().await;
        assert!(events.iter().any(|(name, _)| name == "session:ended"), "{events:?}");
    }
    println!("all sockets were closed {:?} after the token was revoked", begun.elapsed());
    assert!(begun.elapsed() < ENDED);
    b.http().with_token(&access).get("/api/v1/me").await.expect_error(401, "unauthenticated");
}
