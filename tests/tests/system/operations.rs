//! What an operator looks at: health, metrics, where it listens, how it ends.

use std::net::TcpListener;

use chinwag_tests::api::{PASSWORD, Person};
use chinwag_tests::http::Http;
use chinwag_tests::server::Server;
use rustix::process::Signal;
use xtask::ports::Port;

#[tokio::test]
async fn health_and_readiness_are_told_to_anybody() {
    let server = Server::start().await;
    server.http().get("/healthz").await.expect(200);
    server.http().get("/readyz").await.expect(200);
}

#[tokio::test]
async fn metrics_are_on_a_listener_of_their_own() {
    let port = Port::claim().unwrap();
    let address = format!("127.0.0.1:{}", port.number());
    let server = Server::with().arg("--metrics-listen").arg(&address).start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let lobby = ada.lobby().await;
    ada.post(&lobby, "hello").await;
    let reply = Http::new(&address).get("/metrics").await;
    assert_eq!(reply.status, 200);
    assert!(reply.text().lines().any(|line| line.starts_with("chinwag_")), "{}", reply.text());
    let leaked = server.http().get("/metrics").await;
    assert!(leaked.status != 200 || !leaked.text().contains("chinwag_"), "{}", leaked.text());
}

#[tokio::test]
async fn an_address_has_so_many_sockets_and_a_proxy_tells_whose_they_are() {
    let limit = "CHINWAG_LIMITS_CONNECTIONS_PER_ADDRESS";
    let server = Server::with().env(limit, "2").env("CHINWAG_TRUSTED_PROXIES", "127.0.0.1").start().await;
    let open = async |from: &str| {
        let mut client = server.http().with_header("x-forwarded-for", from);
        client.get("/socket.io/?EIO=4&transport=polling").await
    };
    for _ in 0..2 {
        assert_eq!(open("192.0.2.1").await.status, 200);
    }
    let refused = open("192.0.2.1").await;
    assert_eq!(refused.status, 429, "{}", refused.text());
    assert!(refused.text().contains("too many connections from this address"), "{}", refused.text());
    assert_eq!(open("192.0.2.2").await.status, 200);
}

#[tokio::test]
async fn it_can_be_ended_in_order_as_soon_as_it_listens() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut server = Server::start().await;
        server.signal(signal);
        let status = server.ended().await;
        assert!(status.success(), "{signal:?}: {status}");
    }
}

#[tokio::test]
async fn localhost_is_both_of_its_addresses() {
    let server = Server::with().host("localhost").start().await;
    server.http().get("/healthz").await.expect(200);
    let Ok(listener) = TcpListener::bind("[::1]:0") else { return };
    drop(listener);
    let port = server.address().split(':').next_back().unwrap().to_owned();
    server.printed_after(&format!("listening on http://[::1]:{port}")).await;
    Http::new(&format!("[::1]:{port}")).get("/healthz").await.expect(200);
}

#[tokio::test]
async fn it_tells_where_it_listens_and_that_is_true() {
    let server = Server::start().await;
    let line = format!("listening on http://{}", server.address());
    assert!(server.printed().iter().any(|printed| printed.contains(&line)), "{:?}", server.printed());
}

#[tokio::test]
async fn nobodys_secrets_are_logged() {
    let server = Server::with().env("CHINWAG_LOG", "trace").start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let lobby = ada.lobby().await;
    ada.post(&lobby, "between you and me").await;
    let body = serde_json::json!({"name": "Ada", "password": "a wrong guess"});
    server.http().post("/api/v1/session", &body).await.expect(401);
    let log = server.log();
    for secret in [PASSWORD, "a wrong guess", "between you and me", ada.token.as_str()] {
        assert!(!log.contains(secret), "\"{secret}\" is in the log");
    }
}

#[tokio::test]
async fn each_answer_names_its_request() {
    let server = Server::start().await;
    let one = server.http().get("/healthz").await.header("x-request-id").to_owned();
    let other = server.http().get("/healthz").await.header("x-request-id").to_owned();
    assert!(!one.is_empty() && one != other, "{one} {other}");
}
