//! Messages: posted once, edited, deleted, and what their texts may be.

use chinwag_tests::api::{Person, nonce, texts};
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use serde_json::json;

/// A server, somebody, and a room of theirs.
async fn room() -> (Server, Person, String) {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    (server, ada, room)
}

#[tokio::test]
async fn the_same_nonce_gets_the_first_answer_and_posts_once() {
    let (server, mut ada, room) = room().await;
    let socket = Socket::connect(&server.address(), &ada.token).await;
    let nonce = nonce();
    let send = json!({"room": room, "text": "hello", "nonce": nonce});
    let first = socket.expect("message:send", &send).await;
    assert_ne!(first["repeated"], true, "{first}");
    let again = socket.expect("message:send", &send).await;
    assert_eq!((&again["seq"], &again["rev"]), (&first["seq"], &first["rev"]));
    assert_eq!(again["repeated"], true, "{again}");

    // By HTTP it is the same command.
    let body = json!({"text": "hello", "nonce": nonce});
    let by_http = ada.http.post(&format!("/api/v1/rooms/{room}/messages"), &body).await.json();
    assert_eq!((&by_http["seq"], &by_http["repeated"]), (&first["seq"], &json!(true)), "{by_http}");

    let other = json!({"room": room, "text": "something else", "nonce": nonce});
    socket.expect_error("message:send", &other, "nonce_reused").await;
    assert_eq!(texts(&ada.history(&room).await), ["hello"]);
}

#[tokio::test]
async fn two_people_may_use_the_same_nonce() {
    let (server, mut ada, room) = room().await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    bob.join(&room).await;
    let path = format!("/api/v1/rooms/{room}/messages");
    ada.http.post(&path, &json!({"text": "from Ada", "nonce": "1"})).await.expect(201);
    bob.http.post(&path, &json!({"text": "from Bob", "nonce": "1"})).await.expect(201);
    assert_eq!(texts(&ada.history(&room).await), ["from Ada", "from Bob"]);
}

#[tokio::test]
async fn a_nonce_keeps_to_its_rules() {
    let (_server, mut ada, room) = room().await;
    let path = format!("/api/v1/rooms/{room}/messages");
    for nonce in ["", " ", "a b", "ä", "a\nb", &"n".repeat(65)] {
        ada.http.post(&path, &json!({"text": "x", "nonce": nonce})).await.expect_error(400, "nonce_invalid");
    }
    ada.http.post(&path, &json!({"text": "x"})).await.expect_error(400, "payload_invalid");
    ada.http.post(&path, &json!({"text": "x", "nonce": "n".repeat(64)})).await.expect(201);
}

#[tokio::test]
async fn a_text_is_kept_to_the_letter() {
    let (_server, mut ada, room) = room().await;
    let kept = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>&amp;&#x3c;",
        "right to \u{202e}left\u{202c}, \u{5e9}\u{5dc}\u{5d5}\u{5dd}",
        "zero\u{200b}width\u{feff}",
        "👩‍👩‍👧‍👦 字 e\u{301}",
        "{{ 7 * 7 }} ${7 * 7} %s %n \\u0041",
        "'; DROP TABLE message; --",
        "two\nlines\ttab",
    ];
    for text in kept {
        ada.post(&room, text).await;
    }
    assert_eq!(texts(&ada.history(&room).await), kept);
}

#[tokio::test]
async fn the_length_of_a_text_is_counted_in_scalar_values() {
    let (_server, mut ada, room) = room().await;
    for character in ["x", "字", "😀"] {
        ada.post(&room, &character.repeat(8000)).await;
        let body = ada.try_post(&room, &character.repeat(8001)).await.expect_error(400, "message_too_long");
        let message = body["error"]["message"].as_str().unwrap();
        assert!(message.contains("8,000") || message.contains("8000"), "the limit is said: {message}");
    }
    for empty in ["", " ", "\n\t ", "\u{3000}", "\u{200b}"] {
        ada.try_post(&room, empty).await.expect_error(400, "message_empty");
    }
    ada.try_post(&room, "a\u{0}b").await.expect_error(400, "message_invalid");
    assert_eq!(texts(&ada.history(&room).await).len(), 3);
}

#[tokio::test]
async fn an_edit_names_the_version_that_it_edits() {
    let (server, mut ada, room) = room().await;
    let seq = ada.post(&room, "helo").await;
    let path = format!("/api/v1/rooms/{room}/messages/{seq}");
    let edited = ada.http.patch(&path, &json!({"version": seq, "text": "hello"})).await.expect(200);
    let conflict = ada.http.patch(&path, &json!({"version": seq, "text": "hallo"})).await;
    let body = conflict.expect_error(409, "edit_conflict");
    assert_eq!(body["error"]["current"]["text"], "hello", "{body}");
    assert_eq!(body["error"]["current"]["rev"], edited["rev"], "{body}");

    let history = ada.history(&room).await;
    let message = history.iter().find(|message| message["seq"] == seq).unwrap();
    assert_eq!((&message["text"], &message["rev"]), (&json!("hello"), &edited["rev"]));
    assert!(message["edited_at"].is_u64(), "{message}");

    let mut bob = Person::sign_up(&server, "Bob").await;
    bob.join(&room).await;
    let theirs = json!({"version": edited["rev"], "text": "mine now"});
    bob.http.patch(&path, &theirs).await.expect_error(403, "forbidden");
    bob.http.delete(&path).await.expect_error(403, "forbidden");
}

#[tokio::test]
async fn a_deleted_message_leaves_a_tombstone_without_its_text() {
    let (server, mut ada, room) = room().await;
    let socket = Socket::connect(&server.address(), &ada.token).await;
    let before = socket.expect("room:load", &json!({"room": room})).await;
    let seq = ada.post(&room, "a secret").await;
    let deleted = ada.http.delete(&format!("/api/v1/rooms/{room}/messages/{seq}")).await.expect(200);

    let history = ada.history(&room).await;
    let message = history.iter().find(|message| message["seq"] == seq).expect("it stays in its place");
    assert_eq!((&message["deleted"], &message["rev"]), (&json!(true), &deleted["rev"]));
    let answer = socket.expect("sync", &json!({"cursors": {&room: before["cursor"]}})).await;
    for text in [message.to_string(), answer.to_string()] {
        assert!(!text.contains("a secret"), "{text}");
    }
    let edit = json!({"room": room, "seq": seq, "version": deleted["rev"], "text": "back"});
    let refused = socket.ask("message:edit", &edit).await.unwrap();
    assert_eq!(refused["ok"], false, "{refused}");
    let unknown = json!({"room": room, "seq": 999_999, "version": 1, "text": "x"});
    socket.expect_error("message:edit", &unknown, "message_unknown").await;
}
