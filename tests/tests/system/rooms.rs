//! Rooms: made, listed, read in pages, joined and left.

use chinwag_tests::api::{Person, nonce};
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use serde_json::json;

#[tokio::test]
async fn a_new_installation_has_a_lobby_where_one_lands() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let lobby = ada.lobby().await;
    let me = ada.http.get("/api/v1/me").await.expect(200);
    let rooms = me["rooms"].as_array().unwrap();
    assert!(rooms.iter().any(|entry| entry["room"]["id"] == lobby.as_str()), "{me}");
}

#[tokio::test]
async fn a_room_made_by_one_appears_at_the_others_at_once() {
    let server = Server::start().await;
    let ada = Person::sign_up(&server, "Ada").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let mut hers = Socket::connect(&server.address(), &ada.token).await;
    let workspace = hers.event_named("session:ready").await["workspace"].clone();
    let room = bob.create_room("garden").await;
    let told = hers
        .event_where("stream:changes", |changes| {
            changes["stream"] == workspace && changes["changes"][0]["room"]["id"] == room.as_str()
        })
        .await;
    assert_eq!(told["changes"][0]["room"]["name"], "garden", "{told}");
    let listed = hers.expect("workspace:load", &json!({})).await;
    let entry = listed["rooms"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["room"]["id"] == room.as_str())
        .unwrap();
    assert_eq!((&entry["members"], &entry["joined"]), (&json!(1), &json!(false)), "{listed}");
}

#[tokio::test]
async fn all_rooms_come_in_pages_by_name() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    for number in 0..7 {
        ada.create_room(&format!("room {}", 6 - number)).await;
    }
    let mut names = Vec::new();
    let mut after = String::new();
    loop {
        let page = ada.http.get(&format!("/api/v1/rooms?limit=3{after}")).await.expect(200);
        let rooms = page["rooms"].as_array().unwrap();
        assert!(rooms.len() <= 3);
        names.extend(rooms.iter().map(|entry| entry["room"]["name"].as_str().unwrap().to_owned()));
        if page["more"] != true {
            break;
        }
        after = format!("&after={}", rooms.last().unwrap()["room"]["id"].as_str().unwrap());
    }
    assert_eq!(names.len(), 8, "{names:?}");
    assert!(names.is_sorted(), "{names:?}");
}

#[tokio::test]
async fn a_room_made_twice_with_one_nonce_is_made_once() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let body = json!({"name": "garden", "nonce": nonce()});
    let first = ada.http.post("/api/v1/rooms", &body).await.expect(201);
    let again = ada.http.post("/api/v1/rooms", &body).await.json();
    assert_eq!(first["room"]["id"], again["room"]["id"], "{again}");
    let rooms = ada.http.get("/api/v1/rooms").await.expect(200);
    assert_eq!(rooms["rooms"].as_array().unwrap().len(), 2, "the lobby and the garden: {rooms}");
}

#[tokio::test]
async fn room_names_keep_to_their_rules() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    for name in ["", "  ", "a/b", "../etc", "a\u{7}b", "a\u{200d}b", &"x".repeat(61)] {
        ada.http.post("/api/v1/rooms", &json!({"name": name})).await.expect_error(400, "name_invalid");
    }
    ada.create_room(&"x".repeat(60)).await;
    ada.create_room("Scope").await;
    // Cyrillic letters that look like Latin ones.
    for twin in ["scope", "\u{405}\u{441}\u{43e}\u{440}\u{435}"] {
        ada.http.post("/api/v1/rooms", &json!({"name": twin})).await.expect_error(409, "name_taken");
    }
}

#[tokio::test]
async fn a_room_that_is_not_there_is_unknown_everywhere() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let socket = Socket::connect(&server.address(), &ada.token).await;
    let nowhere = "01890a5d-ac96-774b-bcce-b302099a8057";
    for path in ["", "/messages", "/search?text=hello", "/members", "/presence"] {
        let reply = ada.http.get(&format!("/api/v1/rooms/{nowhere}{path}")).await;
        reply.expect_error(404, "room_unknown");
    }
    ada.try_post(nowhere, "hello").await.expect_error(404, "room_unknown");
    let send = json!({"room": nowhere, "text": "hello", "nonce": nonce()});
    socket.expect_error("message:send", &send, "room_unknown").await;
    for event in ["room:join", "room:leave", "room:load", "room:members", "presence:list"] {
        socket.expect_error(event, &json!({"room": nowhere}), "room_unknown").await;
    }
}

#[tokio::test]
async fn history_comes_in_pages_back_to_the_first_message() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    let mut seqs = Vec::new();
    for number in 0..120 {
        seqs.push(ada.post(&room, &format!("message {number}")).await);
    }
    assert!(seqs.is_sorted_by(|a, b| a < b));
    let newest = ada.http.get(&format!("/api/v1/rooms/{room}")).await.expect(200);
    assert_eq!(newest["messages"].as_array().unwrap().len(), 50, "50 unless asked otherwise");
    assert_eq!(newest["more"], true);
    let history = ada.history(&room).await;
    let found: Vec<u64> = history
        .iter()
        .filter(|message| message["text"].is_string())
        .map(|m| m["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(found, seqs);
    assert!(history.is_sorted_by(|a, b| a["at"].as_u64() <= b["at"].as_u64()), "times never go backwards");
}

#[tokio::test]
async fn an_empty_list_is_answered_as_one() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    let here = ada.http.get(&format!("/api/v1/rooms/{room}/presence")).await.expect(200);
    assert_eq!(here, json!({"ok": true, "online": 0, "users": [], "more": false}));
    let lobby = ada.lobby().await;
    let rooms = ada.http.get(&format!("/api/v1/rooms?after={lobby}")).await.expect(200);
    assert_eq!((&rooms["rooms"], &rooms["more"]), (&json!([]), &json!(false)));
    let members = ada.http.get(&format!("/api/v1/rooms/{room}/members?after={}", ada.id)).await.expect(200);
    assert_eq!(members["members"], json!([]));
    let before = ada.http.get(&format!("/api/v1/rooms/{room}/messages?before=1")).await.expect(200);
    assert_eq!((&before["messages"], &before["more"]), (&json!([]), &json!(false)));
    let synced = ada.http.post("/api/v1/sync", &json!({"cursors": {}})).await.expect(200);
    assert_eq!((&synced["streams"], &synced["more"]), (&json!({}), &json!(false)));
}
