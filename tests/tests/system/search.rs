//! Searching a room, over sockets and HTTP.

use chinwag_tests::api::{Person, texts};
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use serde_json::{Value, json};

#[tokio::test]
async fn what_was_said_is_found_by_its_words() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    for text in ["The roses bloom", "Un café, s'il vous plaît", "Roses & thyme", "nothing"] {
        ada.post(&room, text).await;
    }
    let socket = Socket::connect(&server.address(), &ada.token).await;
    for (text, found) in [
        ("ROS", vec!["Roses & thyme", "The roses bloom"]),
        ("roses blo", vec!["The roses bloom"]),
        ("cafe plait", vec!["Un café, s'il vous plaît"]),
        ("plums", vec![]),
    ] {
        let answer = socket.expect("room:search", &json!({"room": room, "text": text})).await;
        assert_eq!(texts(answer["messages"].as_array().unwrap()), found, "{text}");
        assert_eq!(answer["before"], Value::Null);
        let path = format!("/api/v1/rooms/{room}/search?text={}", text.replace(' ', "%20"));
        assert_eq!(ada.http.get(&path).await.expect(200), answer, "{text}");
    }
    // They are the messages that a page of the room has.
    let page = socket.expect("room:load", &json!({"room": room})).await;
    let found = socket.expect("room:search", &json!({"room": room, "text": "nothing"})).await;
    assert_eq!(found["messages"][0], page["messages"].as_array().unwrap().last().unwrap().clone());
}

#[tokio::test]
async fn what_is_found_comes_in_pages_from_the_newest() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    let mut posted = Vec::new();
    for number in 0..23 {
        posted.push(ada.post(&room, &format!("message {number}")).await);
    }
    posted.reverse();
    let (mut found, mut before) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/rooms/{room}/search?text=mess&limit=5{before}");
        let page = ada.http.get(&path).await.expect(200);
        let messages = page["messages"].as_array().unwrap();
        assert!(messages.len() <= 5, "{page}");
        found.extend(messages.iter().map(|message| message["seq"].as_u64().unwrap()));
        match page["before"].as_u64() {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    assert_eq!(found, posted);
}

#[tokio::test]
async fn only_those_search_who_may_read() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let room = ada.create_room("garden").await;
    ada.post(&room, "hello").await;
    let path = |room: &str| format!("/api/v1/rooms/{room}/search?text=hello");
    bob.http.get(&path(&room)).await.expect_error(403, "not_a_member");
    let nowhere = "01890a5d-ac96-774b-bcce-b302099a8057";
    bob.http.get(&path(nowhere)).await.expect_error(404, "room_unknown");
    server.http().get(&path(&room)).await.expect_error(401, "unauthenticated");
    bob.join(&room).await;
    assert_eq!(bob.http.get(&path(&room)).await.expect(200)["messages"][0]["text"], "hello");
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_refused() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    let socket = Socket::connect(&server.address(), &ada.token).await;
    for text in ["", "?!", "%20"] {
        let path = format!("/api/v1/rooms/{room}/search?text={text}");
        ada.http.get(&path).await.expect_error(400, "search_empty");
    }
    socket.expect_error("room:search", &json!({"room": room, "text": " - "}), "search_empty").await;
    socket.expect_error("room:search", &json!({"room": room}), "payload_invalid").await;
    let path = format!("/api/v1/rooms/{room}/search");
    ada.http.get(&path).await.expect_error(400, "payload_invalid");
    ada.http.get(&format!("{path}?text=a&limit=0")).await.expect_error(400, "payload_invalid");
}

#[tokio::test]
async fn who_searches_too_often_is_told_to_wait() {
    let server = Server::start().await;
    let ada = Person::sign_up(&server, "Ada").await;
    let socket = Socket::connect(&server.address(), &ada.token).await;
    let nowhere = json!({"room": "01890a5d-ac96-774b-bcce-b302099a8057", "text": "hello"});
    let mut refused = 0;
    for _ in 0..140 {
        let answer = socket.ask("room:search", &nowhere).await.unwrap();
        refused += usize::from(answer["error"]["code"] == "rate_limited");
    }
    assert!(refused > 0, "140 searches went through at once");
}
