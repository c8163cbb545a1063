//! A disk that is full: at the start a sentence, later an error to each who posts and nothing lost.

use std::collections::BTreeSet;
use std::time::Instant;

use chinwag_tests::DEADLINE;
use chinwag_tests::api::{Person, texts};
use chinwag_tests::command::chinwag;
use chinwag_tests::disk::Disk;
use chinwag_tests::server::Server;
use futures_util::future::join_all;
use serde_json::Value;

/// How many people post at once.
const PEOPLE: usize = 24;

#[test]
fn a_start_on_a_full_disk() {
    let Some(disk) = Disk::of(4 << 20) else { return };
    let _ballast = disk.fill(8192);
    let data = disk.path().join("data").display().to_string();
    let folder = tempfile::tempdir().unwrap();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--data", &data];
    chinwag(folder.path(), &serve).run().expect_refusal(&["full"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fills_up_refuses_posts_and_keeps_what_was_acknowledged() {
    let Some(disk) = Disk::of(16 << 20) else { return };
    let mut server = Server::with().data(&disk.path().join("data")).start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let mut person = Person::sign_up(&server, &format!("client {number}")).await;
        person.join(&room).await;
        people.push(person);
    }
    let ballast = disk.fill(1 << 20);
    let mut acknowledged = BTreeSet::new();
    let begun = Instant::now();
    // All of them at once, so that many share a batch, until the disk was full in the middle of one.
    for round in 0.. {
        assert!(
            begun.elapsed() < DEADLINE,
            "there was room for all of it, or for none of each batch's posts"
        );
        let posts = people.iter_mut().map(async |person| {
            let text = format!("{} {round} {}", person.name, "x".repeat(7_000));
            let reply = person.try_post(&room, &text).await;
            (text, reply)
        });
        for (text, reply) in join_all(posts).await {
            if reply.status == 201 {
                acknowledged.insert(text);
            } else {
                reply.expect_error(503, "not_stored");
            }
        }
        if most_in_a_batch_that_failed(&server) > 1 {
            break;
        }
    }
    let of_room = async |ada: &mut Person| -> BTreeSet<String> {
        texts(&ada.history(&room).await).into_iter().map(str::to_owned).collect()
    };
    // Where many did not fit, one or two may, until there is no room for one.
    for number in 0.. {
        assert!(begun.elapsed() < DEADLINE, "there was room for one all the time");
        let text = format!("Ada {number} {}", "x".repeat(7_000));
        let reply = ada.try_post(&room, &text).await;
        if reply.status != 201 {
            reply.expect_error(503, "not_stored");
            break;
        }
        acknowledged.insert(text);
    }
    assert!(of_room(&mut ada).await == acknowledged, "reading goes on, and shows what was acknowledged");

    std::fs::remove_file(ballast).unwrap();
    ada.post(&room, "after").await;
    acknowledged.insert("after".to_owned());
    server.kill();
    server.restart().await;
    let history = ada.history(&room).await;
    assert_eq!(texts(&history).len(), acknowledged.len(), "nothing is there twice");
    assert!(of_room(&mut ada).await == acknowledged, "another room after a restart");
    drop(server);
}

/// How many commands there were in the largest batch that was not stored, by what the server logs.
fn most_in_a_batch_that_failed(server: &Server) -> u64 {
    let log = server.log();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let failed = lines.filter(|line| line["message"] == "a batch was not stored");
    failed.filter_map(|line| line["commands"].as_u64()).max().unwrap_or_default()
}
