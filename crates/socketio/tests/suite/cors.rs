//! Requests of pages of other origins, with tower-http's layer.

use std::net::SocketAddr;

use axum::Router;
use chinwag_socketio::{Namespace, Refusal, SocketIo};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};
use tower_http::cors::CorsLayer;

use crate::support::{Answer, Polls, http_with, serve_with};

const ORIGIN: &str = "https://chat.example";

async fn server() -> SocketAddr {
    let io = SocketIo::builder()
        .namespace(Namespace::new("/"))
        .allow_request(|parts| {
            let full = parts.uri.query().is_some_and(|query| query.contains("full"));
            let refusal = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "full");
            async move { if full { Err(refusal) } else { Ok(()) } }
        })
        .build()
        .unwrap();
    let cors = CorsLayer::new()
        .allow_origin(HeaderValue::from_static(ORIGIN))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([CONTENT_TYPE])
        .allow_credentials(true);
    serve_with(Router::new().route_service("/socket.io/", io.service()).layer(cors)).await
}

async fn ask(address: SocketAddr, method: &str, query: &str, more: &str, body: &str) -> Answer {
    let headers = format!("Origin: {ORIGIN}\r\nCookie: a=b\r\n{more}");
    http_with(address, method, query, &headers, body.as_bytes()).await
}

fn readable(answer: &Answer) {
    for header in
        ["access-control-allow-origin: https://chat.example", "access-control-allow-credentials: true"]
    {
        assert!(answer.head.contains(header), "{header} is not in {}", answer.head);
    }
}

#[tokio::test]
async fn a_preflight_allows_what_clients_send() {
    let asked = "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n";
    let answer = ask(server().await, "OPTIONS", "EIO=4&transport=polling", asked, "").await;
    assert_eq!(answer.status, 200);
    readable(&answer);
    for header in ["access-control-allow-methods: get,post", "access-control-allow-headers: content-type"] {
        assert!(answer.head.contains(header), "{header} is not in {}", answer.head);
    }
}

#[tokio::test]
async fn polls_posts_and_errors_can_be_read() {
    let address = server().await;
    let query = Polls::open(address).await.query();
    let posted = ask(address, "POST", &query, "Content-Type: text/plain\r\n", "40").await;
    let polled = ask(address, "GET", &query, "", "").await;
    assert_eq!((posted.status, polled.status), (200, 200));
    assert!(polled.body.starts_with("40{"), "{}", polled.body);
    let opened = ask(address, "GET", "EIO=4&transport=polling", "", "").await;
    assert_eq!(opened.status, 200);
    let unknown = ask(address, "GET", "EIO=4&transport=polling&sid=unknown", "", "").await;
    let refused = ask(address, "GET", "EIO=4&transport=polling&full", "", "").await;
    assert_eq!((unknown.status, refused.status), (400, 503));
    for answer in [posted, polled, opened, unknown, refused] {
        readable(&answer);
    }
    let other =
        http_with(address, "GET", "EIO=4&transport=polling", "Origin: https://x.example\r\n", b"").await;
    assert!(!other.head.contains("access-control-allow-origin: https://x.example"), "{}", other.head);
}
