//! HTTP requests that are wrong in form.

use bytes::Bytes;
use chinwag_tests::api::{Person, nonce};
use chinwag_tests::http::raw;
use chinwag_tests::server::Server;
use hyper::Method;
use serde_json::json;

const JSON: Option<&str> = Some("application/json");

#[tokio::test]
async fn payloads_that_are_not_of_the_documented_form_are_named() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    let path = format!("/api/v1/rooms/{room}/messages");
    let bodies: &[&[u8]] = &[
        b"",
        b"{",
        b"[]",
        b"null",
        b"\"text\"",
        b"{\"text\": 7, \"nonce\": \"n\"}",
        b"{\"text\": null, \"nonce\": \"n\"}",
        b"{\"text\": \"\\ud800\", \"nonce\": \"n\"}",
        b"{\"text\": \"\xff\xfe\", \"nonce\": \"n\"}",
        b"{\"text\": \"x\", \"nonce\": \"n\"} trailing",
    ];
    for body in bodies {
        let reply = ada.http.send(Method::POST, &path, JSON, Bytes::from_static(body)).await;
        reply.expect_error(400, "payload_invalid");
    }
    let named = ada.http.post(&path, &json!({"text": 7, "nonce": "n"})).await.json();
    let sentence = named["error"]["message"].as_str().unwrap();
    assert!(
        sentence.contains("text") || sentence.contains("column 21"),
        "the sentence names the place: {named}"
    );
    for path in ["/api/v1/rooms/not-a-room", "/api/v1/rooms/not-a-room/messages"] {
        let status = ada.http.get(path).await.status;
        assert!(status == 400 || status == 404, "{status}");
    }
    for query in ["before=x", "before=-1", "limit=x"] {
        ada.http.get(&format!("{path}?{query}")).await.expect_error(400, "payload_invalid");
    }
}

#[tokio::test]
async fn deep_json_is_refused_and_the_server_lives() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let body = format!("{{\"cursors\": {deep}}}");
    ada.http.send(Method::POST, "/api/v1/sync", JSON, body.into()).await.expect_error(400, "payload_invalid");
    ada.http.get("/api/v1/session").await.expect(200);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_before_it_is_read() {
    let server = Server::start().await;
    let ada = Person::sign_up(&server, "Ada").await;
    // The body is announced and never sent.
    let request = format!(
        "POST /api/v1/rooms HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 100000000\r\nConnection: close\r\n\r\n",
        server.address(),
        ada.token
    );
    let answer = raw(&server.address(), request.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("payload_too_large"), "{answer}");
}

#[tokio::test]
async fn a_body_that_grows_over_the_limit_is_refused() {
    let server = Server::start().await;
    let ada = Person::sign_up(&server, "Ada").await;
    let head = format!(
        "POST /api/v1/rooms HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        server.address(),
        ada.token
    );
    let chunk = format!("{:x}\r\n{}\r\n", 100_000, " ".repeat(100_000));
    let request = head + &chunk.repeat(12) + "0\r\n\r\n";
    let answer = raw(&server.address(), request.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer:.300}");
    assert!(answer.contains("payload_too_large"), "{answer:.300}");
}

#[tokio::test]
async fn what_does_not_exist_is_a_page_for_people_and_an_error_for_programs() {
    let server = Server::start().await;
    let page = server.http().with_header("accept", "text/html").get("/no/such/page").await;
    assert_eq!(page.status, 404);
    assert!(page.header("content-type").starts_with("text/html"), "{page:?}");
    server.http().get("/api/v1/no/such/thing").await.expect_error(404, "page_unknown");
    let reply = server.http().send(Method::PUT, "/api/v1/session", JSON, "{}".into()).await;
    assert_eq!(reply.status, 405, "{}", reply.text());
}

#[tokio::test]
async fn bytes_that_are_not_http_are_answered_or_cut_and_the_server_lives() {
    let server = Server::start().await;
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(1_000_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(10_000));
    for request in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"hello\r\n\r\n",
        long.as_bytes(),
        many.as_bytes(),
    ] {
        let answer = raw(&server.address(), request);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer:.200}");
    }
    for path in ["/%ff", "/%00", "/..%2f..%2fetc/passwd", "/assets/../../Cargo.toml", "//", "/rooms/%f0%9f"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = raw(&server.address(), request.as_bytes());
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(matches!(status, "303" | "400" | "404"), "{path}: {answer:.300}");
        assert!(!answer.contains("root:") && !answer.contains("[workspace]"), "{path}");
    }
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    ada.post(&room, "still here").await;
}

#[tokio::test]
async fn an_internal_fault_never_shows_through() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    // Numbers at the edges of what the store can hold.
    for number in
        ["0", "9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551615"]
    {
        let path = format!("/api/v1/rooms/{room}/messages");
        let replies = [
            ada.http.get(&format!("{path}?before={number}")).await,
            ada.http.delete(&format!("{path}/{number}?nonce={}", nonce())).await,
            ada.http.patch(&format!("{path}/{number}"), &json!({"version": 1, "text": "x"})).await,
        ];
        for reply in replies {
            assert!(reply.status < 500, "{number}: {} {}", reply.status, reply.text());
        }
        let sync: serde_json::Value = serde_json::from_str(&format!(
            r#"{{"cursors": {{"{room}": {{"epoch": "x", "rev": {number}}}}}}}"#
        ))
        .unwrap();
        let reply = ada.http.post("/api/v1/sync", &sync).await;
        assert!(reply.status < 500, "{number}: {} {}", reply.status, reply.text());
    }
}

#[tokio::test]
async fn a_body_of_another_kind_is_refused_and_changes_nothing() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let json = Bytes::from(json!({"name": "planted"}).to_string());
    for kind in
        [None, Some("text/plain"), Some("application/jsonfoo"), Some("application/x-www-form-urlencoded")]
    {
        let reply = ada.http.send(Method::POST, "/api/v1/rooms", kind, json.clone()).await;
        reply.expect_error(415, "content_type");
        let picture = ada.http.send(Method::PUT, "/api/v1/account/avatar", kind, json.clone()).await;
        picture.expect_error(415, "content_type");
    }
    let charset = Some("Application/JSON; charset=utf-8");
    ada.http.send(Method::POST, "/api/v1/rooms", charset, json.clone()).await.expect(201);
    for (path, kind) in [
        ("/rooms", "application/json"),
        ("/account", "multipart/form-data"),
        ("/account/picture", "text/plain"),
    ] {
        let reply = ada.http.send(Method::POST, path, Some(kind), json.clone()).await;
        assert_eq!(reply.status, 415, "{path}: {}", reply.text());
    }
    assert_eq!(ada.http.get("/api/v1/rooms").await.expect(200)["rooms"].as_array().unwrap().len(), 2);
}
