//! Access tokens: made, shown once, listed, used and revoked.

use std::time::{Duration, Instant};

use chinwag_tests::api::{PASSWORD, Person};
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use serde_json::{Value, json};

use super::forge::millis;

/// Within this what is open by a token ends when the token is revoked; 1 s is promised.
const ENDED: Duration = Duration::from_secs(3);

fn wanted(changed: &[(&str, Value)]) -> Value {
    let wanted = json!({"name": "deploy bot", "scopes": ["read", "post"], "days": 30, "password": PASSWORD});
    super::forge::with(&wanted, changed)
}

#[tokio::test]
async fn a_token_is_made_shown_once_listed_used_and_revoked() {
    let server = Server::with().env("CHINWAG_SESSION_DAYS", "1").start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let made = ada.http.post("/api/v1/tokens", &wanted(&[])).await.expect(201);
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("chinwag_pat_") && token.len() == 12 + 43, "{token}");
    let days = (made["ends_at"].as_u64().unwrap() - millis()) / 86_400_000;
    assert!((29..=30).contains(&days), "{made}");

    let mut bot = server.http().with_token(token).with_header("user-agent", "curl/8");
    assert_eq!(bot.get("/api/v1/session").await.expect(200)["user"]["id"], ada.id.as_str());
    assert!(!bot.get("/api/v1/me").await.expect(200)["rooms"].as_array().unwrap().is_empty());
    let listed = ada.http.get("/api/v1/tokens").await.expect(200);
    assert!(!listed.to_string().contains(token), "it is not shown again");
    let [listed] = &listed["tokens"].as_array().unwrap()[..] else { panic!("{listed}") };
    assert_eq!((&listed["id"], &listed["name"]), (&made["id"], &json!("deploy bot")));
    assert_eq!(listed["scopes"], json!(["read", "post"]));
    assert_eq!((&listed["device"], &listed["address"]), (&json!("curl"), &json!("127.0.0.1")));
    assert!(listed["used_at"].as_u64() >= listed["at"].as_u64(), "{listed}");
    assert_eq!(listed["ends_at"], made["ends_at"], "use does not change its end");
    let database = rusqlite::Connection::open(server.data().join("chinwag.db")).unwrap();
    let ends = "SELECT expires_at FROM session WHERE scopes IS NOT NULL";
    let ends = database.query_row(ends, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(Some(ends), made["ends_at"].as_i64(), "nor does it end like a session that is not used");
    // It is none of the sessions, and in what one takes along.
    let sessions = ada.http.get("/api/v1/sessions").await.expect(200);
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1);
    let export = ada.http.get("/api/v1/account/export").await.expect(200);
    assert_eq!(export["tokens"][0]["name"], "deploy bot");
    assert_eq!(ada.http.delete("/api/v1/sessions").await.expect(200)["ended"], 0);
    bot.get("/api/v1/me").await.expect(200);

    let path = format!("/api/v1/tokens/{}", made["id"].as_str().unwrap());
    let mut bob = Person::sign_up(&server, "Bob").await;
    bob.http.delete(&path).await.expect_error(404, "token_unknown");
    let as_session = format!("/api/v1/sessions/{}", made["id"].as_str().unwrap());
    assert_eq!(ada.http.delete(&as_session).await.expect(200)["ended"], 0);
    bot.get("/api/v1/me").await.expect(200);
    ada.http.delete(&path).await.expect(200);
    bot.get("/api/v1/me").await.expect_error(401, "unauthenticated");
    ada.http.delete(&path).await.expect_error(404, "token_unknown");
    assert_eq!(ada.http.get("/api/v1/tokens").await.expect(200)["tokens"], json!([]));

    let mut owner = Person::with_role(&server, "Olga", "owner").await;
    let audit = owner.http.get(&format!("/api/v1/administration/audit?about={}", ada.id)).await.expect(200);
    let noted: Vec<_> = audit["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["action"].as_str().unwrap(), entry["detail"].as_str().unwrap()))
        .collect();
    assert_eq!(noted, [("token.revoked", "deploy bot"), ("token.made", "deploy bot: read post")]);
}

#[tokio::test]
async fn what_a_token_cannot_be_is_said() {
    let server = Server::with().env("CHINWAG_GUESTS", "yes").start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    for (changed, code) in [
        (("name", json!("   ")), "payload_invalid"),
        (("name", json!("x".repeat(81))), "line_invalid"),
        (("name", json!("a\u{202E}b")), "line_invalid"),
        (("name", Value::Null), "payload_invalid"),
        (("scopes", json!([])), "payload_invalid"),
        (("scopes", json!(["everything"])), "payload_invalid"),
        (("scopes", json!("read")), "payload_invalid"),
        (("days", json!(0)), "payload_invalid"),
        (("days", json!(367)), "payload_invalid"),
        (("days", Value::Null), "payload_invalid"),
    ] {
        ada.http.post("/api/v1/tokens", &wanted(&[changed])).await.expect_error(400, code);
    }
    let wrong = wanted(&[("password", json!("not her password"))]);
    ada.http.post("/api/v1/tokens", &wrong).await.expect_error(403, "password_wrong");
    let without = wanted(&[("password", Value::Null)]);
    ada.http.post("/api/v1/tokens", &without).await.expect_error(403, "password_wrong");
    assert_eq!(ada.http.get("/api/v1/tokens").await.expect(200)["tokens"], json!([]));
    ada.http.post("/api/v1/tokens", &wanted(&[("days", json!(366))])).await.expect(201);
    let mut guest = Person::guest(&server, "Visitor").await;
    guest.http.post("/api/v1/tokens", &wanted(&[])).await.expect_error(403, "forbidden");
    guest.http.get("/api/v1/tokens").await.expect_error(403, "forbidden");
    // What a guest takes along has none.
    assert_eq!(guest.http.get("/api/v1/account/export").await.expect(200)["tokens"], json!([]));
}

#[tokio::test]
async fn a_revoked_token_takes_its_sockets_with_it() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let token = ada.make_token("one", &["read"]).await;
    let other = ada.make_token("other", &["read"]).await;
    let mut bot = Person { http: server.http().with_token(&token), ..ada.clone() };
    let short = bot.short_token(&json!({})).await;
    let mut sockets = Vec::new();
    for token in [&token, &short] {
        let mut socket = Socket::connect(&server.address(), token).await;
        socket.event_named("session:ready").await;
        sockets.push(socket);
    }
    let mut stays = Socket::connect(&server.address(), &other).await;
    stays.event_named("session:ready").await;

    let listed = ada.http.get("/api/v1/tokens").await.expect(200)["tokens"].clone();
    let one = listed.as_array().unwrap().iter().find(|token| token["name"] == "one").unwrap().clone();
    let begun = Instant::now();
    ada.http.delete(&format!("/api/v1/tokens/{}", one["id"].as_str().unwrap())).await.expect(200);
    for mut socket in sockets {
        let events = socket.closed().await;
        let ended = events.iter().find(|(name, _)| name == "session:ended");
        assert_eq!(ended.unwrap().1["code"], "session_ended");
        println!("a socket was closed {:?} after the token was revoked", begun.elapsed());
        assert!(begun.elapsed() < ENDED);
    }
    server.http().with_token(&short).get("/api/v1/session").await.expect_error(401, "unauthenticated");
    stays.expect("me:load", &json!({})).await;
    let refused = Socket::try_connect(&server.address(), &json!({"token": token})).await.unwrap_err();
    assert!(refused.to_string().contains("unauthenticated"), "{refused}");
}

#[tokio::test]
async fn a_new_password_ends_all_tokens() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let token = ada.make_token("one", &["read"]).await;
    let mut socket = Socket::connect(&server.address(), &token).await;
    socket.event_named("session:ready").await;
    let change = json!({"present": PASSWORD, "new": "battery horse correct"});
    ada.http.put("/api/v1/account/password", &change).await.expect(200);
    socket.closed().await;
    server.http().with_token(&token).get("/api/v1/session").await.expect_error(401, "unauthenticated");
    ada.http.get("/api/v1/session").await.expect(200);
}

#[tokio::test]
async fn a_token_ends_at_its_end() {
    let mut server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let token = ada.make_token("one", &["read"]).await;
    server.stop().await;
    let database = rusqlite::Connection::open(server.data().join("chinwag.db")).unwrap();
    let end = i64::try_from(millis()).unwrap() + 3_000;
    let set = "UPDATE session SET expires_at = ?1, ends_at = ?1 WHERE scopes IS NOT NULL";
    assert_eq!(database.execute(set, [end]).unwrap(), 1);
    drop(database);
    server.restart().await;
    let mut bot = server.http().with_token(&token);
    // This use is noted, and does not put off the end.
    bot.get("/api/v1/me").await.expect(200);
    let mut socket = Socket::connect(&server.address(), &token).await;
    let events = socket.closed().await;
    assert!(events.iter().any(|(name, _)| name == "session:ended"), "{events:?}");
    println!("it was closed {} ms after its end", i64::try_from(millis()).unwrap() - end);
    bot.get("/api/v1/me").await.expect_error(401, "unauthenticated");
    ada.http.get("/api/v1/session").await.expect(200);
}

#[tokio::test]
async fn to_pages_a_token_is_nothing() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let token = ada.make_token("all", &["read", "post", "rooms", "profile", "administration"]).await;
    let short = ada.short_token(&json!({})).await;
    let lobby = ada.lobby().await;
    let pages = [
        "/".to_owned(),
        format!("/rooms/{lobby}"),
        format!("/rooms/{lobby}/members"),
        "/people".into(),
        "/account".into(),
        "/account/picture".into(),
        "/account/password".into(),
        "/account/sessions".into(),
        "/account/tokens".into(),
        "/account/data".into(),
        "/account/export".into(),
        "/administration/people".into(),
    ];
    for page in &pages {
        let cookie = format!("chinwag_session={}", ada.token);
        let hers = server.http().with_header("cookie", &cookie).get(page).await.status;
        assert!(matches!(hers, 200 | 403), "{page}: {hers}");
        for token in [&token, &short] {
            let bearer = server.http().with_token(token).get(page).await;
            assert_eq!(bearer.status, 303, "{page}");
            assert!(bearer.header("location").starts_with("/sign-in"), "{page}");
            let cookie = format!("chinwag_session={token}");
            let cookie = server.http().with_header("cookie", &cookie).get(page).await;
            assert_eq!(cookie.status, 303, "{page}");
            assert!(cookie.header("location").starts_with("/sign-in"), "{page}");
        }
    }
    for token in [&token, &short] {
        let post = format!("/rooms/{lobby}");
        let sent = server.http().with_token(token).submit(&post, &[("text", "hello"), ("nonce", "1")]).await;
        assert_eq!((sent.status, sent.header("location").starts_with("/sign-in")), (303, true));
        // In the cookie it is nothing to the API either, and no answer hands it out as a cookie.
        let cookie = format!("chinwag_session={token}");
        let by_cookie = server.http().with_header("cookie", &cookie).get("/api/v1/me").await;
        by_cookie.expect_error(401, "unauthenticated");
        let both = server.http().with_token(token).with_header("cookie", "other=1").get("/api/v1/me").await;
        assert_eq!((both.status, both.header("set-cookie")), (200, ""));
    }
    assert!(ada.history(&lobby).await.iter().all(|message| message["text"] != "hello"));
}
