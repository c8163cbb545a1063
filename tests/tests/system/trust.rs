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
