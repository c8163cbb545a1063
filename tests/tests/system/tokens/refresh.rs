//! Sockets that were opened with a short-lived token: how they end, and how they go on.

use std::time::Duration;

use chinwag_tests::api::Person;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use serde_json::{Value, json};

use super::forge::{Forger, millis, seconds};

/// Within this a socket ends when its token has expired, in milliseconds; 1 s is promised.
const ENDED: u64 = 3_000;

/// Waits for the server to end a socket because its token expired at `end`, in seconds since 1970.
async fn ends_at(socket: &mut Socket, end: u64) {
    let events = socket.closed().await;
    let now = millis();
    let ended = &events.iter().find(|(name, _)| name == "session:ended").unwrap().1;
    assert_eq!(ended["code"], "token_expired");
    assert!(ended["message"].as_str().unwrap().contains(' '));
    assert_eq!(events.last().unwrap().0, "session:ended", "nothing comes after it");
    assert!(now >= end * 1_000, "it has ended {} ms too early", end * 1_000 - now);
    println!("a socket was closed {} ms after its token had expired", now - end * 1_000);
    assert!(now - end * 1_000 < ENDED);
}

/// Waits until this time, in seconds since 1970.
async fn until(time: u64) {
    tokio::time::sleep(Duration::from_millis((time * 1_000).saturating_sub(millis()))).await;
}

#[tokio::test]
async fn a_socket_ends_with_its_token_and_says_why() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let forger = Forger::of(&server, &ada.short_token(&json!({})).await);
    let end = seconds() + 4;
    // They end in their order, whatever order they came in.
    let mut late = Socket::connect(&server.address(), &forger.until(end + 2)).await;
    let mut early = Socket::connect(&server.address(), &forger.until(end)).await;
    let session = Socket::connect(&server.address(), &ada.token).await;
    for socket in [&early, &late] {
        socket.expect("me:load", &json!({})).await;
    }
    ends_at(&mut early, end).await;
    late.expect("me:load", &json!({})).await;
    ends_at(&mut late, end + 2).await;
    session.expect("me:load", &json!({})).await;
    let refused = Socket::try_connect(&server.address(), &json!({"token": forger.until(end)})).await;
    assert!(refused.unwrap_err().to_string().contains("token_expired"));
}

#[tokio::test]
async fn a_refreshed_socket_goes_on_and_misses_nothing() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let room = ada.create_room("garden").await;
    bob.join(&room).await;
    let forger = Forger::of(&server, &ada.short_token(&json!({})).await);
    let end = seconds() + 3;
    let mut socket = Socket::connect(&server.address(), &forger.until(end)).await;
    socket.event_named("session:ready").await;
    let mut said = 0;
    let mut say = async |until: u64| {
        while seconds() < until {
            said += 1;
            bob.post(&room, &format!("word {said}")).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        said
    };
    say(end - 1).await;
    let refreshed = socket.expect("token:refresh", &json!({"token": forger.until(end + 4)})).await;
    assert_eq!(refreshed["expires_at"], (end + 4) * 1_000);
    let said = say(end + 2).await;
    let mut heard = Vec::new();
    let last = format!("word {said}");
    while heard.last() != Some(&last) {
        let (name, payload) = socket.event().await.expect("it goes on");
        assert_ne!(name, "session:ready", "it is the same socket");
        assert_ne!(name, "session:ended");
        let changes = payload["changes"].as_array().cloned().unwrap_or_default();
        heard
            .extend(changes.iter().filter_map(|change| change["message"]["text"].as_str().map(String::from)));
    }
    let all: Vec<String> = (1..=said).map(|word| format!("word {word}")).collect();
    assert_eq!(heard, all);
    ends_at(&mut socket, end + 4).await;
}

#[tokio::test]
async fn what_cannot_take_the_place_of_a_token_changes_nothing() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let access = ada.make_token("bot", &["read", "post"]).await;
    let mut bot = Person { http: server.http().with_token(&access), ..ada.clone() };
    let forger = Forger::of(&server, &bot.short_token(&json!({})).await);
    let end = seconds() + 6;
    let mut socket = Socket::connect(&server.address(), &forger.until(end)).await;
    let blind = bot.short_token(&json!({"scopes": ["post"]})).await;
    for (token, code) in [
        (bob.short_token(&json!({})).await, "token_refused"),
        // Hers, by her session.
        (ada.short_token(&json!({})).await, "token_refused"),
        (access.clone(), "token_refused"),
        (ada.token.clone(), "token_refused"),
        ("rubbish".into(), "token_refused"),
        (forger.until(seconds() - 1), "token_expired"),
        (forger.claiming(&[("sub", json!(bob.id))]), "unauthenticated"),
        (forger.claiming(&[("aud", json!("elsewhere"))]), "unauthenticated"),
        ("e30.e30.AAAA".into(), "unauthenticated"),
        (blind, "scope_missing"),
    ] {
        socket.expect_error("token:refresh", &json!({"token": token}), code).await;
    }
    for bad in [json!({}), json!({"token": 1}), Value::Null] {
        socket.expect_error("token:refresh", &bad, "payload_invalid").await;
    }
    socket.expect("me:load", &json!({})).await;
    ends_at(&mut socket, end).await;

    // Who came by something else goes on without.
    for token in [ada.token.clone(), access] {
        let socket = Socket::connect(&server.address(), &token).await;
        let fresh = json!({"token": ada.short_token(&json!({})).await});
        socket.expect_error("token:refresh", &fresh, "token_refused").await;
        socket.expect("me:load", &json!({})).await;
    }
}

#[tokio::test]
async fn with_another_token_one_may_do_what_that_says() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let lobby = ada.lobby().await;
    let reads = json!({"scopes": ["read"]});
    let writes = json!({"scopes": ["read", "post"]});
    let socket = Socket::connect(&server.address(), &ada.short_token(&reads).await).await;
    let message = |text: &str| json!({"room": lobby, "text": text, "nonce": chinwag_tests::api::nonce()});
    let typing = json!({"room": lobby, "typing": true});
    for _ in 0..2 {
        let refused = socket.expect_error("message:send", &message("no"), "scope_missing").await;
        assert_eq!(refused["error"]["scope"], "post");
        socket.expect_error("typing:set", &typing, "scope_missing").await;
        let token = ada.short_token(&writes).await;
        socket.expect("token:refresh", &json!({"token": token})).await;
        socket.expect("message:send", &message("yes")).await;
        let token = ada.short_token(&reads).await;
        socket.expect("token:refresh", &json!({"token": token})).await;
    }
    let texts = ada.history(&lobby).await;
    assert_eq!(texts.iter().filter(|message| message["text"] == "yes").count(), 2);
    assert!(texts.iter().all(|message| message["text"] != "no"));
}

#[tokio::test]
async fn after_its_end_a_socket_is_not_refreshed() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let fresh = ada.short_token(&json!({})).await;
    let forger = Forger::of(&server, &fresh);
    let end = seconds() + 2;
    let socket = Socket::connect(&server.address(), &forger.until(end)).await;
    until(end).await;
    // It may have been closed already.
    if let Ok(answer) = socket.ask("token:refresh", &json!({"token": fresh})).await {
        assert_eq!(answer["error"]["code"], "token_expired");
    }
}
