//! Clients that have seen more than what was restored: they are told, load afresh, and are equal to everybody else.

use std::fs;

use chinwag_tests::api::Person;
use chinwag_tests::command::chinwag;
use chinwag_tests::picture::Picture;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use serde_json::{Value, json};

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
    let mut socket = Socket::connect(&server.address(), &ada.token).await;
    let ready = socket.event_named("session:ready").await;
    let mut picture = Picture::load(&socket, &room).await.unwrap();
    let at_the_backup = picture.clone();
    let data = server.data();
    let folder = server.folder().to_owned();
    chinwag(&folder, &["backup", "one", "--data", data.to_str().unwrap()]).run().expect_success();

    let mut last = 0;
    for number in 0..5 {
        last = bob.post(&room, &format!("after {number}")).await;
    }
    while picture.rev() < last {
        let (event, payload) = socket.event().await.unwrap();
        picture.apply(&socket, &event, &payload).await.unwrap();
    }
    assert!(picture.rev() > at_the_backup.rev());
    let me = socket.expect("me:load", &json!({})).await["cursor"].clone();

    assert!(server.stop().await.success());
    fs::rename(&data, folder.join("replaced")).unwrap();
    chinwag(&folder, &["restore", "one", "--data", data.to_str().unwrap()]).run().expect_success();
    server.restart().await;

    let mut socket = Socket::connect(&server.address(), &ada.token).await;
    let again = socket.event_named("session:ready").await;
    assert_ne!(again["epoch"], ready["epoch"]);
    let workspace = ready["workspace"].as_str().unwrap();
    assert_eq!(again["workspace"], workspace, "the installation is the same");
    let ahead =
        [(&*room, picture.cursor()), (&*ada.id, me), (workspace, json!({"epoch": ready["epoch"], "rev": 1}))];
    let cursors: Value = ahead.into_iter().map(|(stream, cursor)| (stream.to_owned(), cursor)).collect();
    let answer = socket.expect("sync", &json!({"cursors": cursors})).await;
    for stream in [&*room, &*ada.id, workspace] {
        assert_eq!(answer["streams"][stream], json!({"reset": true}), "{answer}");
    }
    let exact = json!({"cursors": {&room: at_the_backup.cursor()}});
    let exact = socket.expect("sync", &exact).await;
    assert_eq!(exact["streams"][&room], json!({"reset": true}), "also who had seen just what the backup has");

    let mut picture = Picture::load(&socket, &room).await.unwrap();
    assert_eq!(picture.messages(), at_the_backup.messages());
    // What was a message of Bob's is another one now.
    let other = ada.post(&room, "another").await;
    assert!(other <= last, "{other}");
    let edit = json!({"room": room, "seq": other, "version": other, "text": "another, edited"});
    let last = socket.expect("message:edit", &edit).await["rev"].as_u64().unwrap();
    while picture.rev() < last {
        let (event, payload) = socket.event().await.unwrap();
        picture.apply(&socket, &event, &payload).await.unwrap();
    }
    let bobs = Socket::connect(&server.address(), &bob.token).await;
    let fresh = Picture::load(&bobs, &room).await.unwrap();
    assert_eq!(picture.messages(), fresh.messages());
    assert_eq!(fresh.messages().len(), at_the_backup.messages().len() + 1);

    server.kill();
    server.restart().await;
    let socket = Socket::connect(&server.address(), &ada.token).await;
    picture.sync(&socket).await.unwrap();
    assert_eq!(picture.messages(), fresh.messages(), "a restart after it begins no other epoch");
}
