//! Clients that have seen more than what was restored: they are told, load afresh, and are equal to everybody else.

use std::fs;

use chinwag_checker::picture::{Cursor, Picture};
use chinwag_tests::api::Person;
use chinwag_tests::command::chinwag;
use chinwag_tests::follower::Follower;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use chinwag_tests::socket::Transport::WebSocket;
use serde_json::{Value, json};

/// The cursors of everything that somebody follows, as they are sent.
fn cursors(picture: &Picture) -> Value {
    let cursor = |cursor: &Cursor| json!({"epoch": cursor.epoch, "rev": cursor.rev});
    picture.cursors.iter().map(|(stream, known)| (stream.clone(), cursor(known))).collect()
}

#[tokio::test]
async fn whoever_was_ahead_of_the_backup_loads_afresh() {
    let mut server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let room = ada.create_room("garden").await;
    bob.join(&room).await;
    for number in 0..30 {
        bob.post(&room, &format!("before {number}")).await;
    }
    let mut ahead = Follower::connected(&server, &ada, WebSocket).await;
    let mut exact = Follower::connected(&server, &bob, WebSocket).await;
    exact.cut();
    let at_the_backup = ahead.picture.clone();
    let data = server.data();
    let folder = server.folder().to_owned();
    chinwag(&folder, &["backup", "one", "--data", data.to_str().unwrap()]).run().expect_success();

    let mut last = 0;
    for number in 0..5 {
        last = bob.post(&room, &format!("after {number}")).await;
    }
    ahead.hear_everything_up_to(&[(room.clone(), last)].into()).await;
    assert!(ahead.picture.cursors[&room].rev > at_the_backup.cursors[&room].rev);

    assert!(server.stop().await.success());
    fs::rename(&data, folder.join("replaced")).unwrap();
    chinwag(&folder, &["restore", "one", "--data", data.to_str().unwrap()]).run().expect_success();
    server.restart().await;

    // Every cursor of before is answered so, also of who had seen just what the backup has.
    let socket = Socket::connect(&server.address(), &ada.token).await;
    for picture in [&ahead.picture, &at_the_backup] {
        let answer = socket.expect("sync", &json!({"cursors": cursors(picture)})).await;
        assert_eq!(answer["streams"].as_object().unwrap().len(), picture.cursors.len(), "{answer}");
        for (stream, part) in answer["streams"].as_object().unwrap() {
            assert_eq!(part, &json!({"reset": true}), "{stream}: {answer}");
        }
    }

    ahead.cut();
    ahead.connect().await;
    exact.connect().await;
    let restored = Follower::connected(&server, &ada, WebSocket).await.picture;
    assert_eq!(ahead.picture, restored);
    assert_eq!(exact.picture, Follower::connected(&server, &bob, WebSocket).await.picture);
    assert_eq!(restored.rooms, at_the_backup.rooms);
    assert_eq!(restored.workspace, at_the_backup.workspace, "the installation is the same");
    let epoch = |picture: &Picture| picture.cursors[&room].epoch.clone();
    assert_ne!(epoch(&restored), epoch(&at_the_backup));

    // What was a message of Bob's is another one now.
    let other = ada.post(&room, "another").await;
    assert!(other <= last, "{other}");
    let edit = json!({"room": room, "seq": other, "version": other, "text": "another, edited"});
    let last = socket.expect("message:edit", &edit).await["rev"].as_u64().unwrap();
    for follower in [&mut ahead, &mut exact] {
        follower.hear_everything_up_to(&[(room.clone(), last)].into()).await;
    }
    assert_eq!(ahead.picture.rooms[&room], exact.picture.rooms[&room]);
    assert_eq!(ahead.picture, Follower::connected(&server, &ada, WebSocket).await.picture);

    server.kill();
    server.restart().await;
    ahead.cut();
    ahead.connect().await;
    assert_eq!(epoch(&ahead.picture), epoch(&restored), "a restart after it begins no other epoch");
    assert_eq!(ahead.picture, Follower::connected(&server, &ada, WebSocket).await.picture);
}
