//! The delivery rule as a client meets it: cursors, live changes, catch-up, restarts.

use chinwag_tests::api::{Person, nonce};
use chinwag_tests::follower::Follower;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use chinwag_tests::socket::Transport::WebSocket;
use serde_json::json;

fn texts(follower: &Follower, room: &str) -> Vec<Option<String>> {
    let messages = follower.picture.rooms[room].messages.values();
    messages.filter(|message| message.kind.is_none()).map(|message| message.text.clone()).collect()
}

#[tokio::test]
async fn a_live_change_and_a_fresh_load_show_the_same() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let room = ada.create_room("garden").await;
    bob.join(&room).await;
    let mut there = Follower::connected(&server, &ada, WebSocket).await;

    let first = bob.post(&room, "one").await;
    let second = bob.post(&room, "two").await;
    let path = |seq: u64| format!("/api/v1/rooms/{room}/messages/{seq}");
    bob.http.patch(&path(first), &json!({"version": first, "text": "one, edited"})).await.expect(200);
    let last = bob.http.delete(&path(second)).await.expect(200)["rev"].as_u64().unwrap();
    there.hear_everything_up_to(&[(room.clone(), last)].into()).await;
    assert_eq!(there.connections, 1, "all of it came live");
    assert_eq!(there.picture, Follower::connected(&server, &ada, WebSocket).await.picture);
    assert_eq!(texts(&there, &room), [Some("one, edited".to_owned()), None]);
}

#[tokio::test]
async fn what_happened_while_away_comes_with_one_sync_also_after_restarts() {
    let mut server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let room = ada.create_room("garden").await;
    bob.join(&room).await;
    let early = bob.post(&room, "before she goes").await;
    let mut away = Follower::connected(&server, &ada, WebSocket).await;
    away.cut();

    for number in 0..250 {
        bob.post(&room, &format!("while she is away {number}")).await;
    }
    server.kill();
    server.restart().await;
    bob.http.delete(&format!("/api/v1/rooms/{room}/messages/{early}")).await.expect(200);
    let status = server.stop().await;
    assert!(status.success(), "a server that is asked to end says so with 0: {status}");
    server.restart().await;

    away.connect().await;
    assert_eq!(away.picture, Follower::connected(&server, &ada, WebSocket).await.picture);
    assert_eq!(texts(&away, &room)[0], None, "deletions made while away are seen too");
}

#[tokio::test]
async fn cursors_that_cannot_be_continued_are_answered_with_reset_or_gone() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let room = ada.create_room("garden").await;
    let socket = Socket::connect(&server.address(), &ada.token).await;
    let cursor = socket.expect("room:load", &json!({"room": room})).await["cursor"].clone();
    let sync = async |room: &str, cursor: serde_json::Value| {
        socket.expect("sync", &json!({"cursors": {room: cursor}})).await["streams"][room].clone()
    };
    assert!(sync(&room, cursor.clone()).await.is_null(), "nothing differs");
    let epoch = cursor["epoch"].as_str().unwrap();
    let other_digit = if epoch.ends_with('0') { '1' } else { '0' };
    let other_epoch = format!("{}{other_digit}", &epoch[..epoch.len() - 1]);
    let other_epoch = json!({"epoch": other_epoch, "rev": cursor["rev"]});
    assert_eq!(sync(&room, other_epoch).await["reset"], true);
    let beyond = json!({"epoch": cursor["epoch"], "rev": 1_000_000});
    assert_eq!(sync(&room, beyond).await["reset"], true);

    let theirs = bob.create_room("shed").await;
    assert_eq!(sync(&theirs, json!({"epoch": cursor["epoch"], "rev": 0})).await["gone"], true);
    let nowhere = "01890a5d-ac96-774b-bcce-b302099a8057";
    assert_eq!(sync(nowhere, json!({"epoch": cursor["epoch"], "rev": 0})).await["gone"], true);
    // What she had from before she left is not continued after she joined again.
    ada.http.delete(&format!("/api/v1/rooms/{room}/members/me")).await.expect(200);
    ada.join(&room).await;
    assert_eq!(sync(&room, cursor).await["reset"], true);
}

#[tokio::test]
async fn commands_of_one_socket_are_carried_out_in_order() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    let socket = Socket::connect(&server.address(), &ada.token).await;
    let texts: Vec<String> = (0..200).map(|number| format!("message {number}")).collect();
    for text in &texts {
        socket.send_raw(&format!(
            "42{}",
            json!(["message:send", {"room": room, "text": text, "nonce": nonce()}])
        ));
    }
    socket.expect("me:load", &json!({})).await;
    let history = ada.history(&room).await;
    assert_eq!(chinwag_tests::api::texts(&history), texts);
}

#[tokio::test]
async fn a_stopping_server_tells_its_clients_to_come_back() {
    let mut server = Server::start().await;
    let ada = Person::sign_up(&server, "Ada").await;
    let mut socket = Socket::connect(&server.address(), &ada.token).await;
    socket.event_named("session:ready").await;
    assert!(server.stop().await.success());
    let events = socket.closed().await;
    let closing = events.iter().find(|(name, _)| name == "server:closing").expect("it is told");
    assert_eq!(closing.1["code"], "draining");
    assert!(closing.1["retry_ms"].is_u64(), "{closing:?}");
}
