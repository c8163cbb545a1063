//! Engine.IO: from polling to WebSocket, and what can go wrong on the way.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chinwag_socketio::{Ack, Closing, DisconnectReason, Namespace, Payload, SocketIo};
use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;

use crate::support::{Gate, Got, Polls, Ws, eventually, serve, within};

#[tokio::test]
async fn nothing_is_lost_or_reordered_while_a_session_moves() {
    let heard: Arc<Mutex<Vec<u32>>> = Arc::default();
    let listening = heard.clone();
    let namespace = Namespace::new("/").on("n", move |Payload(n): Payload<u32>, ack: Ack| {
        listening.lock().unwrap().push(n);
        async move { ack.send(&n) }
    });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let (polls, _) = Polls::joined(serve(&io).await).await;
    let say = |numbers: std::ops::Range<u32>| {
        for n in numbers {
            io.of("/").emit("n", &n).unwrap();
        }
    };
    let events = |numbers: std::ops::Range<u32>| -> Vec<String> {
        numbers.map(|n| format!("42[\"n\",{n}]")).collect()
    };
    say(0..10);
    assert_eq!(polls.get().await.body, events(0..10).join("\u{1e}"));
    polls.post(&events(0..10).join("\u{1e}")).await;
    let mut ws = Ws::upgrading(&polls).await;
    say(10..20);
    polls.post(&events(10..20).join("\u{1e}")).await;
    ws.probe().await;
    say(20..30);
    // The client has a poll under way still.
    assert_eq!(polls.get().await.body, events(10..30).join("\u{1e}"));
    polls.post(&events(20..30).join("\u{1e}")).await;
    say(30..40);
    ws.send("5").await;
    for event in events(30..39) {
        ws.send(&event).await;
    }
    ws.send("427[\"n\",39]").await;
    for event in events(30..40) {
        assert_eq!(ws.text().await, event);
    }
    assert_eq!(ws.ack(7).await, json!([39]));
    say(40..50);
    for event in events(40..50) {
        assert_eq!(ws.text().await, event);
    }
    assert_eq!(*heard.lock().unwrap(), (0..40).collect::<Vec<_>>());
}

/// Pings, which would end a poll as well, come every 25 s.
#[tokio::test]
async fn polls_end_at_once_when_a_websocket_has_been_probed() {
    let io = SocketIo::builder().namespace(Namespace::new("/")).build().unwrap();
    let (polls, _) = Polls::joined(serve(&io).await).await;
    let mut ws = Ws::upgrading(&polls).await;
    ws.probe().await;
    for _ in 0..3 {
        assert_eq!(polls.get().await.body, "6");
    }
    ws.send("5").await;
    io.of("/").emit("after", &1).unwrap();
    assert_eq!(ws.event().await, json!(["after", 1]));
}

#[tokio::test]
async fn an_upgrade_ends_with_its_session() {
    // Longer than the tests' patience.
    let builder = SocketIo::builder().namespace(Namespace::new("/")).upgrade_timeout(Duration::from_secs(60));
    let io = builder.build().unwrap();
    let address = serve(&io).await;
    let (one, _) = Polls::joined(address).await;
    let (other, _) = Polls::joined(address).await;
    let mut opened = Ws::upgrading(&one).await;
    let mut probed = Ws::upgrading(&other).await;
    probed.probe().await;
    io.of("/").close();
    for ws in [&mut opened, &mut probed] {
        assert_eq!(ws.next().await, Got::Close(Some(1000)));
        assert_eq!(ws.next().await, Got::End);
    }
    // By the client, too.
    let (polls, _) = Polls::joined(address).await;
    let mut ws = Ws::upgrading(&polls).await;
    ws.probe().await;
    polls.post("1").await;
    assert_eq!(ws.next().await, Got::Close(Some(1000)));
}

/// A client that has its answer to the probe waits for the poll in hand, and does not poll again. It must find the WebSocket
/// then: with neither it would wait for its heartbeat to end.
#[tokio::test]
async fn who_is_about_to_move_learns_of_the_end_from_the_websocket() {
    for first in ["6", "42[\"server:closing\",{\"code\":\"draining\",\"retry_ms\":1}]"] {
        let io = SocketIo::builder().namespace(Namespace::new("/")).build().unwrap();
        let (polls, _) = Polls::joined(serve(&io).await).await;
        let mut ws = Ws::upgrading(&polls).await;
        ws.probe().await;
        let is_before = first == "6";
        if is_before {
            assert_eq!(polls.get().await.body, first);
        }
        let (drained, ()) = tokio::join!(io.shutdown(Closing::draining(1), Duration::from_secs(5)), async {
            if !is_before {
                eventually("the session ends", || io.figures().sockets == 0).await;
                assert_eq!(polls.get().await.body, first);
            }
            ws.silence().await;
            ws.send("5").await;
            assert_eq!(ws.rest().await, [Got::Close(Some(1000))]);
        });
        assert!(drained);
    }
}

#[tokio::test]
async fn who_is_about_to_move_and_polls_has_no_websocket_after_the_end() {
    let io = SocketIo::builder().namespace(Namespace::new("/")).build().unwrap();
    let (polls, _) = Polls::joined(serve(&io).await).await;
    let mut ws = Ws::upgrading(&polls).await;
    ws.probe().await;
    io.of("/").close();
    assert_eq!(polls.get().await.body, "1");
    assert_eq!(ws.rest().await, [Got::Close(Some(1000))]);
}

#[tokio::test]
async fn a_server_that_ends_waits_for_no_upgrade() {
    let builder = SocketIo::builder().namespace(Namespace::new("/")).upgrade_timeout(Duration::from_secs(60));
    let io = builder.build().unwrap();
    let address = serve(&io).await;
    let (polls, _) = Polls::joined(address).await;
    let mut upgrading = Ws::upgrading(&polls).await;
    upgrading.probe().await;
    let (polls, _) = Polls::joined(address).await;
    let mut upgraded = Ws::upgrading(&polls).await;
    upgraded.probe().await;
    upgraded.send("5").await;
    io.of("/").emit("moved", &()).unwrap();
    assert_eq!(upgraded.event().await[0], "moved");
    let (drained, ..) = tokio::join!(
        io.shutdown(Closing::draining(1), Duration::from_secs(5)),
        async { assert_eq!(upgrading.rest().await, [Got::Close(Some(1000))]) },
        async {
            assert_eq!(upgraded.event().await[0], "server:closing");
            assert_eq!(upgraded.rest().await, [Got::Close(Some(1001))]);
        }
    );
    assert!(drained);
    assert_eq!(io.figures(), Default::default());
}

#[tokio::test]
async fn heartbeats_go_on_after_an_upgrade() {
    let builder =
        SocketIo::builder().namespace(Namespace::new("/")).ping_interval(Duration::from_millis(100));
    let io = builder.build().unwrap();
    let (polls, _) = Polls::joined(serve(&io).await).await;
    let mut ws = Ws::upgrading(&polls).await;
    ws.probe().await;
    ws.send("5").await;
    for _ in 0..3 {
        assert_eq!(ws.next().await, Got::Text("2".into()));
        ws.send("3").await;
    }
    io.of("/").emit("still", &1).unwrap();
    assert_eq!(ws.event().await, json!(["still", 1]));
}

#[tokio::test]
async fn who_vanishes_in_an_upgrade_leaves_nothing() {
    let (tell, mut told) = unbounded_channel();
    let namespace = Namespace::new("/").on_disconnect(move |_, reason| {
        tell.send(reason).unwrap();
        async {}
    });
    let hundred = Duration::from_millis(100);
    let builder = SocketIo::builder().namespace(namespace).ping_interval(hundred).ping_timeout(hundred);
    let io = builder.build().unwrap();
    let address = serve(&io).await;
    for probe in [false, true] {
        let (polls, _) = Polls::joined(address).await;
        let mut ws = Ws::upgrading(&polls).await;
        if probe {
            ws.probe().await;
        }
        drop(ws);
        assert_eq!(within(told.recv()).await, Some(DisconnectReason::PingTimeout));
    }
    eventually("nothing is left", || io.figures() == Default::default()).await;
}

#[tokio::test]
async fn a_post_that_waits_while_the_session_moves_is_answered() {
    let gate = Gate::new();
    let held = gate.clone();
    let namespace = Namespace::new("/").on("wait", move || held.clone().pass());
    let io = SocketIo::builder().event_queue(1).namespace(namespace).build().unwrap();
    let (polls, _) = Polls::joined(serve(&io).await).await;
    let body = ["42[\"wait\"]"; 5].join("\u{1e}");
    let post = polls.post(&body);
    let moves = async {
        gate.reached().await;
        let mut ws = Ws::upgrading(&polls).await;
        ws.probe().await;
        ws.send("5").await;
        let completed =
            || io.totals().any(|total| total.labels == [("outcome", "completed")] && total.value == 1);
        eventually("it has moved", completed).await;
        (0..5).for_each(|_| gate.open());
        ws
    };
    let (answer, _ws) = within(async { tokio::join!(post, moves) }).await;
    assert_eq!(answer.status, 200);
}
