//! A disk that is full: at the start a sentence, later an error to each who posts and nothing lost.

use chinwag_tests::api::{Person, texts};
use chinwag_tests::command::chinwag;
use chinwag_tests::disk::Disk;
use chinwag_tests::server::Server;

#[test]
fn a_start_on_a_full_disk() {
    let Some(disk) = Disk::of(4 << 20) else { return };
    let _ballast = disk.fill(8192);
    let data = disk.path().join("data").display().to_string();
    let folder = tempfile::tempdir().unwrap();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--data", &data];
    chinwag(folder.path(), &serve).run().expect_refusal(&["full"]);
}

#[tokio::test]
async fn a_disk_that_fills_up_refuses_posts_and_keeps_what_was_acknowledged() {
    let Some(disk) = Disk::of(16 << 20) else { return };
    let mut server = Server::with().data(&disk.path().join("data")).start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    let mut acknowledged = Vec::new();
    let mut number = 0;
    let mut text = || {
        number += 1;
        format!("{number} {}", "x".repeat(7000))
    };
    let _ = (ada.post(&room, "the first").await, acknowledged.push("the first".to_owned()));
    let ballast = disk.fill(1 << 20);
    let mut refused = 0;
    for _ in 0..600 {
        let text = text();
        let reply = ada.try_post(&room, &text).await;
        if reply.status == 201 {
            assert_eq!(refused, 0, "there is no room, and there was none before");
            acknowledged.push(text);
            continue;
        }
        assert_eq!(reply.status, 503, "{}", reply.text());
        assert!(reply.text().contains("\"code\":\"not_stored\""), "{}", reply.text());
        refused += 1;
        if refused == 3 {
            break;
        }
    }
    assert_eq!(refused, 3, "the disk is full");
    assert_eq!(texts(&ada.history(&room).await), acknowledged, "reading goes on");

    std::fs::remove_file(ballast).unwrap();
    let after = text();
    ada.post(&room, &after).await;
    acknowledged.push(after);
    server.kill();
    server.restart().await;
    assert_eq!(texts(&ada.history(&room).await), acknowledged);
    drop(server);
}
