//! What happens, told to RabbitMQ and shown by `chinwag worker --log-stream`.

use std::time::{Duration, Instant};

use chinwag_tests::DEADLINE;
use chinwag_tests::command::chinwag;
use chinwag_tests::log_reader::LogReader;
use chinwag_tests::server::Server;
use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::{RabbitMq, programs};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_and_failed_sign_ins_are_told_and_no_secrets() {
    let broker = RabbitMq::shared().url();
    let server = Server::with().env("CHINWAG_AMQP", &broker).env("CHINWAG_INSTANCE", "told").start().await;
    let mut http = server.http();
    // Whoever comes later reads it as well.
    http.post("/api/v1/account", &json!({"name": "Ada", "password": "correct horse battery"}))
        .await
        .expect(201);
    let wrong = json!({"name": "Ada", "password": "not the password"});
    http.post("/api/v1/session", &wrong).await.expect_error(401, "bad_credentials");
    let mistyped = json!({"name": "my secret password", "password": "not the password"});
    http.post("/api/v1/session", &mistyped).await.expect_error(401, "bad_credentials");
    let secret = "s".repeat(43);
    http.get(&format!("/invitation/{secret}?token=hidden")).await;
    http.get("/the/last").await;

    let mut reader = LogReader::start("told", &broker);
    let (key, entry) = reader.read_until(&["/api/v1/account"]);
    assert_eq!(key, "told.debug.log debug.log");
    assert!(entry["ts"].as_i64().unwrap() > 1_767_225_600_000, "{entry}");
    let (_, entry) = reader.read_until(&["The name or the password is wrong."]);
    assert_eq!((&entry["username"], &entry["address"]), (&json!("Ada"), &json!("127.0.0.1")));
    let (_, entry) = reader.read_until(&["The name or the password is wrong."]);
    assert_eq!(entry["username"], Value::Null, "it may be a password");
    let (_, entry) = reader.read_until(&["/invitation/"]);
    assert_eq!(entry["url"], "/invitation/", "whoever has the rest may come in");
    reader.read_until(&["/the/last"]);
}

/// Puts something into a queue, as anybody may who reaches the broker.
fn publish(broker: &str, queue: &str, body: &str) {
    let script = "import pika, sys\n\
        channel = pika.BlockingConnection(pika.URLParameters(sys.argv[1])).channel()\n\
        channel.confirm_delivery()\n\
        channel.basic_publish('', sys.argv[2], sys.argv[3], mandatory=True)\n";
    let mut python = programs::command("python3").unwrap();
    assert!(python.args(["-c", script, broker, queue, body]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_are_told_as_such() {
    let broker = RabbitMq::shared().url();
    let setup = Server::with().env("CHINWAG_AMQP", &broker).env("CHINWAG_INSTANCE", "failing");
    let server = setup.start().await;
    let mut reader = LogReader::start("failing", &broker);
    // The queue is there once a job has been done.
    let begun = Instant::now();
    while !server.log().contains("a job is done") {
        assert!(begun.elapsed() < DEADLINE, "the job that each start asks for is not done");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    publish(&broker, "failing.jobs.messages.purge", "no job");
    let (key, entry) = reader.read_until(&["failing.error.log"]);
    assert_eq!(key, "failing.error.log error.log", "{entry}");
    assert_eq!(entry["error"], "a message in a queue of jobs cannot be read", "{entry}");
    assert_eq!(entry["bytes"], 6, "{entry}");
}

#[test]
fn without_rabbitmq_there_is_nothing_to_show() {
    let folder = TempDir::new().unwrap();
    let refused = chinwag(folder.path(), &["worker", "--log-stream"]).run();
    refused.expect_refusal(&["--amqp"]);
    let kept = folder.path().join("nowhere").join("log");
    let argument = format!("--log-stream={}", kept.display());
    let refused =
        chinwag(folder.path(), &["worker", &argument]).env("CHINWAG_AMQP", "amqp://127.0.0.1:1").run();
    refused.expect_refusal(&["cannot be opened"]);
}
