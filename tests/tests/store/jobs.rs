//! Work that can wait, done by another process than the one in which it was asked for: from the database, and through RabbitMQ.

use std::time::{Duration, Instant};

use chinwag_tests::DEADLINE;
use chinwag_tests::api::{Person, texts};
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use chinwag_tests::worker::Worker;
use serde_json::json;
use xtask::{Postgres, RabbitMq};

use crate::turns::together;

/// How much somebody has written who is banned.
const SPAM: usize = 30;

/// Bob writes much and is banned with all of it, on a server that does no jobs. Then the worker comes.
async fn a_ban_is_carried_out_by_a_worker(environment: &[(&str, &str)], prepare: impl AsyncFnOnce()) {
    let database = Postgres::shared().new_database().unwrap();
    let setup = Server::with().database(&database).arg("--no-worker");
    let server = environment.iter().fold(setup, |setup, (name, value)| setup.env(name, value)).start().await;
    let mut root = Person::with_role(&server, "Root", "administrator").await;
    let (mut ada, mut bob) = (Person::sign_up(&server, "Ada").await, Person::sign_up(&server, "Bob").await);
    let room = ada.create_room("garden").await;
    bob.join(&room).await;
    for number in 0..SPAM {
        bob.post(&room, &format!("spam {number}")).await;
    }
    ada.post(&room, "hello").await;
    let mut socket = Socket::connect(&server.address(), &ada.token).await;
    socket.event_named("session:ready").await;
    let ban = format!("/api/v1/administration/people/{}/ban", bob.id);
    root.http.put(&ban, &json!({"remove_messages": true})).await.expect(200);
    assert_eq!(texts(&ada.history(&room).await).len(), SPAM + 1, "nobody does it here");

    prepare().await;
    let mut known = vec![("CHINWAG_DATABASE", database.as_str())];
    known.extend(environment);
    let (worker, begun) = (Worker::start(&known), Instant::now());
    let mut deleted = 0;
    while deleted < SPAM {
        let told = socket.event_named("stream:changes").await;
        let changes = told["changes"].as_array().unwrap();
        deleted += changes.iter().filter(|change| change["message"]["deleted"] == true).count();
    }
    println!("it was carried out after {:.1?}", begun.elapsed());
    assert_eq!(texts(&ada.history(&room).await), ["hello"]);
    // What was taken over, and what was asked for at the start, is done and gone.
    while !server.command(&["jobs", "list"]).run().output.ends_with("0 waiting, 0 leased, 0 dead\n") {
        assert!(begun.elapsed() < DEADLINE, "something is left");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(worker.stop().await.success(), "a worker that is asked to end says so with 0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_does_what_servers_leave_in_the_database() {
    let _together = together().await;
    a_ban_is_carried_out_by_a_worker(&[], async || {}).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_does_what_servers_give_to_rabbitmq_also_if_that_was_away() {
    let _together = together().await;
    let mut broker = RabbitMq::start().unwrap();
    broker.stop().unwrap();
    let url = broker.url();
    a_ban_is_carried_out_by_a_worker(&[("CHINWAG_AMQP", &url)], async || broker.start_again().unwrap()).await;
    // The server may not have been back yet, so that the worker gave it there, too. It has a connection for each.
    let seen = broker.log().matches("has a client-provided name: chinwag ").count();
    assert!(seen >= 2, "{seen} connections:\n{}", broker.log());
}
