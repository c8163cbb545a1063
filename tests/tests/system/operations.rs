//! What an operator looks at: health, metrics, where it listens, how it ends.

use chinwag_tests::api::{PASSWORD, Person};
use chinwag_tests::http::Http;
use chinwag_tests::ports::Port;
use chinwag_tests::server::Server;
use rustix::process::Signal;

#[tokio::test]
async fn health_and_readiness_are_told_to_anybody() {
    let server = Server::start().await;
    server.http().get("/healthz").await.expect(200);
    server.http().get("/readyz").await.expect(200);
}

#[tokio::test]
async fn metrics_are_on_a_listener_of_their_own() {
    let port = Port::claim();
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
async fn an_interrupt_ends_it_cleanly_and_twice_is_no_fault() {
    let mut server = Server::start().await;
    server.signal(Signal::INT);
    assert!(server.stop().await.success(), "an interrupt and then a request to end");
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
