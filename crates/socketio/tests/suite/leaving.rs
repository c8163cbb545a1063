//! Clients that are sent elsewhere: one after the other at the end of a server, and one by one before the end of what is
//! between.

use std::time::{Duration, Instant};

use chinwag_socketio::{Closing, Namespace, SocketIo};
use serde_json::json;

use crate::support::{Got, Polls, Ws, eventually, serve, within};

fn server() -> SocketIo {
    SocketIo::builder().namespace(Namespace::new("/")).build().unwrap()
}

#[tokio::test]
async fn clients_are_told_one_after_the_other_and_served_until_then() {
    let io = server();
    let address = serve(&io).await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        clients.push(Ws::joined(address).await.0);
    }
    let begun = Instant::now();
    let (drained, ends) = tokio::join!(
        io.shutdown_over(Closing::draining(7), Duration::from_secs(1), Duration::from_secs(5)),
        async {
            let ends = clients.iter_mut().map(|client| async {
                let mut heard = 0;
                loop {
                    let event = client.event().await;
                    if event[0] == "server:closing" {
                        assert_eq!(client.rest().await, [Got::Close(Some(1001))]);
                        return (begun.elapsed(), heard);
                    }
                    heard += 1;
                }
            });
            let talk = async {
                while io.of("/").emit("still", &()).is_ok() && io.figures().sockets > 0 {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            let (mut ends, ()) = tokio::join!(futures_util::future::join_all(ends), talk);
            ends.sort_unstable();
            ends
        }
    );
    assert!(drained);
    let (first, last) = (ends.first().unwrap(), ends.last().unwrap());
    assert!(last.0 - first.0 > Duration::from_millis(400), "apart: {ends:?}");
    assert!(last.1 > first.1, "whoever stays longer hears more: {ends:?}");
    assert!(ends.last().unwrap().0 < Duration::from_secs(3), "{ends:?}");
}

#[tokio::test]
async fn a_deadline_holds_whatever_is_to_be_spread() {
    let io = server();
    let address = serve(&io).await;
    let (_one, _two) = (Ws::joined(address).await, Ws::joined(address).await);
    let shutdown =
        io.shutdown_over(Closing::draining(7), Duration::from_secs(60), Duration::from_millis(100));
    assert!(!within(shutdown).await);
}

#[tokio::test]
async fn a_poll_that_is_released_ends_and_its_session_goes_on() {
    let io = server();
    let (polls, _) = Polls::joined(serve(&io).await).await;
    // Where none waits there is nothing to release, now or later.
    assert!(io.release(&polls.query(), Closing::draining(7)));
    for round in 0..2 {
        // Until it has come.
        let release = async {
            loop {
                assert!(io.release(&polls.query(), Closing::draining(7)));
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let answer = tokio::select! {
            answer = polls.get() => answer,
            () = release => unreachable!("it goes on"),
        };
        assert_eq!(answer.body, "6", "round {round}");
    }
    let (answer, ()) = tokio::join!(polls.get(), async {
        eventually("a poll waits", || io.of("/").emit("on", &1).is_ok()).await;
    });
    assert_eq!(answer.body, "42[\"on\",1]");
}

#[tokio::test]
async fn a_websocket_that_is_released_is_told_why() {
    let io = server();
    let address = serve(&io).await;
    let (polls, _) = Polls::joined(address).await;
    let (mut other, _) = Ws::joined(address).await;
    let mut ws = Ws::upgrading(&polls).await;
    ws.probe().await;
    ws.send("5").await;
    io.of("/").emit("moved", &()).unwrap();
    assert_eq!(ws.event().await[0], "moved");
    // As for a poll that has waited where the WebSocket does not come through.
    assert!(io.release(&polls.query(), Closing::draining(7)));
    ws.silence().await;
    let query = polls.query().replace("polling", "websocket");
    assert!(io.release(&query, Closing::draining(7)));
    assert_eq!(ws.event().await, json!(["server:closing", {"code": "draining", "retry_ms": 7}]));
    assert_eq!(ws.rest().await, [Got::Close(Some(1001))]);
    eventually("it is forgotten", || !io.release(&polls.query(), Closing::draining(7))).await;
    assert_eq!(other.event().await[0], "moved");
    other.silence().await;
}
