//! Socket.IO packets that are wrong in form.

use chinwag_tests::api::{Person, nonce};
use chinwag_tests::http::raw;
use chinwag_tests::server::Server;
use chinwag_tests::socket::{Refusal, Socket};
use serde_json::json;

#[tokio::test]
async fn an_unknown_event_and_a_wrong_payload_are_answered() {
    let server = Server::start().await;
    let ada = Person::sign_up(&server, "Ada").await;
    let socket = Socket::connect(&server.address(), &ada.token).await;
    socket.expect_error("no:such", &json!({}), "event_unknown").await;
    for payload in
        [json!(null), json!([]), json!("x"), json!({"room": 7, "text": "x", "nonce": "n"}), json!({})]
    {
        socket.expect_error("message:send", &payload, "payload_invalid").await;
    }
    // No payload at all, and more than one.
    for (id, arguments) in [(900, json!(["message:send"])), (901, json!(["message:send", {}, {}, 3]))] {
        let answer = socket.ask_raw(id, &format!("42{id}{arguments}")).await.unwrap();
        assert_eq!(answer["error"]["code"], "payload_invalid", "{answer}");
    }
    socket.expect("me:load", &json!({})).await;
}

#[tokio::test]
async fn a_payload_that_is_too_deep_gets_an_error_or_the_end_and_others_live() {
    let server = Server::start().await;
    let ada = Person::sign_up(&server, "Ada").await;
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let socket = Socket::connect(&server.address(), &ada.token).await;
    if let Ok(answer) = socket.ask_raw(5, &format!("425[\"message:send\",{deep}]")).await {
        assert_eq!(answer["error"]["code"], "payload_invalid", "{answer}");
    }
    let other = Socket::connect(&server.address(), &ada.token).await;
    other.expect("me:load", &json!({})).await;
}

#[tokio::test]
async fn a_malformed_packet_ends_its_own_connection_only() {
    let server = Server::start().await;
    let ada = Person::sign_up(&server, "Ada").await;
    let other = Socket::connect(&server.address(), &ada.token).await;
    for packet in [
        "42",
        "42{}",
        "42[",
        "42[7]",
        "42[]",
        "4",
        "49[\"x\"]",
        "42/nowhere,[\"x\"]",
        "xyz",
        "",
        "451-[",
        "4599999999-[\"x\"]",
    ] {
        let mut socket = Socket::connect(&server.address(), &ada.token).await;
        socket.send_raw(packet);
        // Ignored or ended: what must not happen is a fault that others feel.
        if socket.ask("me:load", &json!({})).await.is_err() {
            socket.closed().await;
        }
    }
    let mut socket = Socket::connect(&server.address(), &ada.token).await;
    socket.send_binary(vec![4, 255, 0]);
    if socket.ask("me:load", &json!({})).await.is_err() {
        socket.closed().await;
    }
    other.expect("me:load", &json!({})).await;
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[tokio::test]
async fn a_packet_over_the_limit_ends_the_connection() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    let mut socket = Socket::connect(&server.address(), &ada.token).await;
    let send = json!({"room": room, "text": "x".repeat(1_100_000), "nonce": nonce()});
    assert!(socket.ask("message:send", &send).await.is_err());
    socket.closed().await;
    // Under the packet's limit it is the message's limit that is told.
    let socket = Socket::connect(&server.address(), &ada.token).await;
    let send = json!({"room": room, "text": "x".repeat(900_000), "nonce": nonce()});
    socket.expect_error("message:send", &send, "message_too_long").await;
}

#[tokio::test]
async fn who_is_not_signed_in_is_refused_for_good() {
    let server = Server::start().await;
    for auth in [
        json!({}),
        json!({"token": ""}),
        json!({"token": "nonsense"}),
        json!({"token": 7}),
        json!({"token": null}),
    ] {
        match Socket::try_connect(&server.address(), &auth).await {
            Err(Refusal::Refused(why)) => assert_eq!(why["data"]["code"], "unauthenticated", "{why}"),
            other => panic!("{auth}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_handshake_that_the_server_does_not_speak_is_refused() {
    let server = Server::start().await;
    let queries = [
        "EIO=2&transport=polling",
        "EIO=9&transport=polling",
        "transport=polling",
        "EIO=4&transport=telepathy",
        "EIO=4&transport=polling&sid=nonsense",
    ];
    for query in queries {
        let reply = server.http().get(&format!("/socket.io/?{query}")).await;
        assert_eq!(reply.status, 400, "{query}: {}", reply.text());
        assert!(reply.json()["message"].is_string(), "{query}: {}", reply.text());
    }
}

#[tokio::test]
async fn invalid_utf8_in_a_text_frame_ends_the_connection() {
    let server = Server::start().await;
    let head = format!(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        server.address()
    );
    let mut bytes = head.into_bytes();
    // A masked text frame of two bytes that no text has; the mask is zero.
    bytes.extend([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]);
    let answer = raw(&server.address(), &bytes);
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer:.300}");
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
