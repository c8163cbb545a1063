//! Other sites get nothing: cross-site requests, foreign origins, framing, scripts in texts.

use chinwag_tests::api::{PASSWORD, Person};
use chinwag_tests::http::raw;
use chinwag_tests::server::Server;
use hyper::Method;
use serde_json::json;

const FOREIGN: &str = "http://evil.example";

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    let server = Server::start().await;
    let mut ada = server.http();
    ada.post("/api/v1/account", &json!({"name": "Ada", "password": PASSWORD})).await.expect(201);
    for (name, value) in [("origin", FOREIGN), ("sec-fetch-site", "cross-site"), ("origin", "null")] {
        let mut tricked = ada.clone().with_header(name, value);
        tricked.post("/api/v1/rooms", &json!({"name": "planted"})).await.expect_error(403, "cross_origin");
        let form = Some("application/x-www-form-urlencoded");
        let reply = tricked.send(Method::POST, "/sign-out", form, "".into()).await;
        assert_eq!(reply.status, 403, "{name}: {value}");
    }
    let rooms = ada.get("/api/v1/rooms").await.expect(200);
    assert_eq!(rooms["rooms"].as_array().unwrap().len(), 1, "the lobby only: {rooms}");
}

#[tokio::test]
async fn a_handshake_from_another_site_is_refused_even_with_the_cookie() {
    let server = Server::start().await;
    let mut ada = server.http();
    ada.post("/api/v1/account", &json!({"name": "Ada", "password": PASSWORD})).await.expect(201);
    let polling = "/socket.io/?EIO=4&transport=polling";
    assert_eq!(ada.clone().with_header("origin", FOREIGN).get(polling).await.status, 403);
    assert_eq!(ada.get(polling).await.status, 200);
    let upgrade = format!(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nOrigin: {FOREIGN}\r\n\
         Cookie: chinwag_session={}\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Version: 13\r\n\r\n",
        server.address(),
        ada.cookie("chinwag_session").unwrap()
    );
    let answer = raw(&server.address(), upgrade.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer:.300}");
}

#[tokio::test]
async fn pages_allow_no_inline_script_no_frame_and_no_guessing_of_types() {
    let server = Server::start().await;
    for path in ["/sign-in", "/sign-up", "/no/such/page"] {
        let reply = server.http().with_header("accept", "text/html").get(path).await;
        let policy = reply.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") || policy.contains("default-src 'self'"),
            "{path}: {policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-"), "{path}: {policy}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        let page = reply.text();
        assert!(!page.contains("style=\"") && !page.contains("onclick="), "{path}: {page}");
    }
}

#[tokio::test]
async fn after_signing_in_one_stays_on_this_site() {
    let server = Server::start().await;
    Person::sign_up(&server, "Ada").await;
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "\\\\evil.example",
        "/\t/evil.example",
    ] {
        let fields = [("name", "Ada"), ("password", PASSWORD), ("next", next)];
        let reply = server.http().submit("/sign-in", &fields).await;
        assert_eq!(reply.status, 303, "{}", reply.text());
        let to = reply.header("location");
        assert!(to.starts_with('/') && !to.starts_with("//") && !to.contains("evil"), "{next} -> {to}");
    }
    let fields = [("name", "Ada"), ("password", PASSWORD), ("next", "/rooms?x=1")];
    assert_eq!(server.http().submit("/sign-in", &fields).await.header("location"), "/rooms?x=1");
}

#[tokio::test]
async fn only_requests_of_our_own_pages_change_anything() {
    let server = Server::with().env("CHINWAG_PUBLIC_URL", "https://chat.example.org").start().await;
    let ada = Person::sign_up(&server, "Ada").await;
    let post = async |headers: &[(&str, &str)], name: &str| {
        let with = headers.iter().fold(ada.http.clone(), |http, (name, value)| http.with_header(name, value));
        with.clone().post("/api/v1/rooms", &json!({"name": name})).await.status
    };
    assert_eq!(
        post(&[("sec-fetch-site", "same-site"), ("origin", "https://evil.example.org")], "a").await,
        403
    );
    assert_eq!(post(&[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")], "b").await, 403);
    assert_eq!(
        post(&[("origin", "http://chat.example.org")], "c").await,
        403,
        "by plain HTTP it is another place"
    );
    assert_eq!(
        post(&[("origin", "https://chat.example.org")], "d").await,
        201,
        "whatever host the proxy names"
    );
    assert_eq!(post(&[("sec-fetch-site", "same-origin")], "e").await, 201);
}

#[tokio::test]
async fn by_https_browsers_are_told_to_stay_there() {
    let server = Server::with().env("CHINWAG_PUBLIC_URL", "https://chat.example.org").start().await;
    let told = server.http().get("/sign-in").await;
    assert!(told.header("strict-transport-security").starts_with("max-age=31536000"), "{:?}", told.headers);
    let plain = Server::start().await;
    assert_eq!(plain.http().get("/sign-in").await.header("strict-transport-security"), "");
}

#[tokio::test]
async fn only_a_trusted_proxy_says_that_it_is_https() {
    for (trusted, prefix) in [("127.0.0.1", "__Host-chinwag_session="), ("192.0.2.1", "chinwag_session=")] {
        let server = Server::with().env("CHINWAG_TRUSTED_PROXIES", trusted).start().await;
        let mut http = server.http().with_header("x-forwarded-proto", "https");
        let account = json!({"name": "Ada", "password": PASSWORD});
        let reply = http.post("/api/v1/account", &account).await;
        let cookie = reply.header("set-cookie");
        assert!(cookie.starts_with(prefix), "{trusted}: {cookie}");
        assert_eq!(cookie.contains("Secure"), prefix.starts_with("__Host-"), "{cookie}");
    }
}

#[tokio::test]
async fn nobody_gives_themselves_more_than_they_have() {
    let server = Server::start().await;
    let id = "018f0000-0000-7000-8000-000000000000";
    let more = json!({"name": "Ada", "password": PASSWORD, "role": "owner", "id": id, "standing": "active", "avatar": 9});
    let made = server.http().post("/api/v1/account", &more).await.expect(201);
    assert_eq!((&made["user"]["role"], &made["user"]["avatar"]), (&json!("member"), &json!(null)));
    assert_ne!(made["user"]["id"], id);
    let mut ada = Person::known(&server, "Ada", &made);
    let changed = ada
        .http
        .patch("/api/v1/account", &json!({"status": "x", "role": "owner", "id": id}))
        .await
        .expect(200);
    assert_eq!((&changed["user"]["role"], &changed["user"]["id"]), (&json!("member"), &made["user"]["id"]));
    ada.http.get("/api/v1/administration/people").await.expect_error(403, "forbidden");
}
