//! Guessing and flooding: limits by account and by address, waits that grow, and the same over sockets.

use std::time::Duration;

use chinwag_tests::api::{PASSWORD, Person, nonce};
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use serde_json::json;

fn guess(name: &str) -> serde_json::Value {
    json!({"name": name, "password": "not the password"})
}

#[tokio::test]
async fn each_failure_makes_the_next_wait_longer() {
    let server = Server::start().await;
    Person::sign_up(&server, "Ada").await;
    let mut waits = Vec::new();
    let mut failures = 0;
    while waits.len() < 3 {
        let reply = server.http().post("/api/v1/session", &guess("Ada")).await;
        if reply.status != 429 {
            reply.expect_error(401, "bad_credentials");
            failures += 1;
            continue;
        }
        let body = reply.expect_error(429, "rate_limited");
        assert!(reply.header("retry-after").parse::<u64>().is_ok_and(|wait| wait > 0));
        let wait = body["error"]["retry_ms"].as_u64().unwrap();
        waits.push(wait);
        // Who has to wait waits, even with the right password.
        let right = json!({"name": "Ada", "password": PASSWORD});
        server.http().post("/api/v1/session", &right).await.expect_error(429, "rate_limited");
        if waits.len() < 3 {
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }
    assert_eq!(failures, 6, "three cost nothing");
    assert!(waits.windows(2).all(|pair| pair[1] > pair[0] * 3 / 2), "{waits:?}");
    // Somebody else at this address is not kept out, nor is she elsewhere.
    Person::sign_up(&server, "Bob").await;
    Person::sign_in(&server, "Bob").await;
}

#[tokio::test]
async fn many_guesses_at_once_are_no_more_than_after_each_other() {
    let server = Server::start().await;
    let ada = Person::sign_up(&server, "Ada").await;
    let change = json!({"present": "not the password", "new": "battery horse correct"});
    let guesses = (0..30).map(|_| {
        let (mut http, change) = (ada.http.clone(), change.clone());
        async move { http.put("/api/v1/account/password", &change).await.status }
    });
    let answers = futures_util::future::join_all(guesses).await;
    assert_eq!(answers.iter().filter(|status| **status == 403).count(), 4, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 26, "{answers:?}");
    let guesses = (0..30).map(|_| {
        let mut http = server.http();
        async move { http.post("/api/v1/session", &guess("Ada")).await.status }
    });
    let answers = futures_util::future::join_all(guesses).await;
    assert_eq!(answers.iter().filter(|status| **status == 401).count(), 4, "{answers:?}");
}

#[tokio::test]
async fn an_address_makes_only_so_many_accounts() {
    let server = Server::with()
        .env("CHINWAG_TRUSTED_PROXIES", "127.0.0.1")
        .env("CHINWAG_LIMITS_ACCOUNTS_PER_HOUR", "2")
        .env("CHINWAG_GUESTS", "yes")
        .start()
        .await;
    let from = |address: &str| server.http().with_header("x-forwarded-for", address);
    let account = |name: &str| json!({"name": name, "password": PASSWORD});
    from("203.0.113.9").post("/api/v1/account", &account("Ada")).await.expect(201);
    from("203.0.113.9").post("/api/v1/guest", &json!({"name": "Visitor"})).await.expect(201);
    from("203.0.113.9").post("/api/v1/account", &account("Bob")).await.expect_error(429, "rate_limited");
    from("203.0.113.9")
        .post("/api/v1/guest", &json!({"name": "Caller"}))
        .await
        .expect_error(429, "rate_limited");
    from("198.51.100.7").post("/api/v1/account", &account("Bob")).await.expect(201);
}

#[tokio::test]
async fn an_owner_is_not_locked_out_by_guesses_from_elsewhere() {
    let server = Server::with().env("CHINWAG_TRUSTED_PROXIES", "127.0.0.1").start().await;
    Person::sign_up(&server, "Ada").await;
    let from = |address: &str| server.http().with_header("x-forwarded-for", address);
    for _ in 0..4 {
        from("203.0.113.9").post("/api/v1/session", &guess("Ada")).await.expect_error(401, "bad_credentials");
    }
    from("203.0.113.9").post("/api/v1/session", &guess("Ada")).await.expect_error(429, "rate_limited");
    let right = json!({"name": "Ada", "password": PASSWORD});
    from("198.51.100.7").post("/api/v1/session", &right).await.expect(200);
}

#[tokio::test]
async fn a_network_of_ipv6_is_one_address() {
    let server = Server::with().env("CHINWAG_TRUSTED_PROXIES", "127.0.0.1").start().await;
    Person::sign_up(&server, "Ada").await;
    let mut refused = 0;
    for number in 0..5 {
        let address = format!("2001:db8:1:2:{number:x}::1");
        let mut http = server.http().with_header("x-forwarded-for", &address);
        refused += usize::from(http.post("/api/v1/session", &guess("Ada")).await.status == 429);
    }
    assert_eq!(refused, 1, "the fifth failure is one of the same customer");
    let mut other = server.http().with_header("x-forwarded-for", "2001:db8:1:3::1");
    other.post("/api/v1/session", &guess("Ada")).await.expect_error(401, "bad_credentials");
}

#[tokio::test]
async fn ones_own_password_is_not_guessed_by_who_finds_the_browser_open() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let change = json!({"present": "not the password", "new": "battery horse correct"});
    for _ in 0..4 {
        ada.http.put("/api/v1/account/password", &change).await.expect_error(403, "password_wrong");
    }
    ada.http.put("/api/v1/account/password", &change).await.expect_error(429, "rate_limited");
    // The same limit over the socket.
    let mut socket = Socket::connect(&server.address(), &ada.token).await;
    socket.event_named("session:ready").await;
    socket.expect_error("account:delete", &json!({"password": "not the password"}), "rate_limited").await;
}

#[tokio::test]
async fn messages_are_limited_over_sockets_and_http_together() {
    let server = Server::with()
        .env("CHINWAG_LIMITS_MESSAGES_PER_MINUTE", "10")
        .env("CHINWAG_LIMITS_GUEST_MESSAGES_PER_MINUTE", "3")
        .env("CHINWAG_GUESTS", "yes")
        .start()
        .await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let lobby = ada.lobby().await;
    let mut socket = Socket::connect(&server.address(), &ada.token).await;
    socket.event_named("session:ready").await;
    let message = || json!({"room": lobby, "text": "hello", "nonce": nonce()});
    for _ in 0..5 {
        ada.post(&lobby, "hello").await;
        socket.expect("message:send", &message()).await;
    }
    let refused = socket.expect_error("message:send", &message(), "rate_limited").await;
    assert!(refused["error"]["retry_ms"].as_u64().is_some_and(|wait| wait > 0), "{refused}");
    let refused = ada.try_post(&lobby, "hello").await;
    refused.expect_error(429, "rate_limited");
    assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|wait| wait > 0));
    // Guests have less, and others have their own.
    let mut guest = Person::guest(&server, "Visitor").await;
    for _ in 0..3 {
        guest.post(&lobby, "hello").await;
    }
    guest.try_post(&lobby, "hello").await.expect_error(429, "rate_limited");
}

#[tokio::test]
async fn limits_can_be_changed_while_the_server_runs() {
    let server = Server::start().await;
    let mut owner = Person::with_role(&server, "Olga", "owner").await;
    let settings = json!({"limits": {"rooms_per_hour": 2}});
    owner.http.put("/api/v1/administration/settings", &settings).await.expect(200);
    let mut ada = Person::sign_up(&server, "Ada").await;
    for name in ["one", "two"] {
        ada.create_room(name).await;
    }
    ada.http.post("/api/v1/rooms", &json!({"name": "three"})).await.expect_error(429, "rate_limited");
    owner.http.put("/api/v1/administration/settings", &json!({})).await.expect(200);
    ada.create_room("three").await;
}

#[tokio::test]
async fn guesses_from_everywhere_do_not_keep_out_who_is_at_home() {
    let server = Server::with()
        .env("CHINWAG_TRUSTED_PROXIES", "127.0.0.1")
        .env("CHINWAG_LIMITS_SIGN_IN_PER_MINUTE", "3")
        .start()
        .await;
    let from = |address: String| server.http().with_header("x-forwarded-for", &address);
    let account = json!({"name": "Ada", "password": PASSWORD});
    from("198.51.100.7".into()).post("/api/v1/account", &account).await.expect(201);
    let mut refused = 0;
    for network in 0..35 {
        let reply = from(format!("2001:db8:{network:x}::1")).post("/api/v1/session", &guess("Ada")).await;
        refused += usize::from(reply.status == 429);
    }
    assert!(refused > 0, "all addresses together have so many tries");
    from("198.51.100.7".into()).post("/api/v1/session", &account).await.expect(200);
    from("198.51.100.8".into()).post("/api/v1/session", &account).await.expect_error(429, "rate_limited");
}

#[tokio::test]
async fn ones_own_password_is_tried_only_so_often_even_if_it_is_right() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let same = json!({"present": PASSWORD, "new": PASSWORD});
    let mut done = 0;
    loop {
        let reply = ada.http.put("/api/v1/account/password", &same).await;
        if reply.status == 429 {
            break;
        }
        reply.expect(200);
        done += 1;
        assert!(done <= 20, "there is no limit");
    }
    assert!(done >= 10, "{done}");
}

#[tokio::test]
async fn coming_and_going_and_what_is_done_to_rooms_is_limited() {
    let server =
        Server::with().env("CHINWAG_LIMITS_ROOMS_PER_HOUR", "3").env("CHINWAG_GUESTS", "yes").start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    let path = format!("/api/v1/rooms/{room}");
    for number in 0..6 {
        ada.http.patch(&path, &json!({"name": format!("garden {number}")})).await.expect(200);
    }
    ada.http.patch(&path, &json!({"name": "garden again"})).await.expect_error(429, "rate_limited");
    let mut guest = Person::guest(&server, "Visitor").await;
    let membership = format!("{path}/members/me");
    guest.join(&room).await;
    guest.http.delete(&membership).await.expect(200);
    guest.join(&room).await;
    guest.http.delete(&membership).await.expect_error(429, "rate_limited");
}
