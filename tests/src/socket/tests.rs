//! What a server may not send fails the test that is connected to it.

use futures_util::FutureExt;
use futures_util::future::Either;
use std::panic::AssertUnwindSafe;

use super::*;

/// A line to a server of which this task plays the part, and what it says to it.
fn line() -> (Socket, mpsc::Sender<String>) {
    let (outgoing, _) = mpsc::unbounded_channel();
    let (says, incoming) = mpsc::channel(8);
    (run(Line { outgoing, incoming, tasks: Tasks(Vec::new()) }), says)
}

/// Whether what is done with a socket panics once the server has said that.
async fn fails(packet: &str, ask: bool) -> bool {
    let (mut socket, says) = line();
    says.send(packet.to_owned()).await.unwrap();
    let used = match ask {
        true => Either::Left(socket.ask("me:load", &Value::Null).map(drop)),
        false => Either::Right(socket.event().map(drop)),
    };
    let failed = AssertUnwindSafe(used).catch_unwind().await.is_err();
    // It panics as well.
    let dropped = std::panic::catch_unwind(AssertUnwindSafe(|| drop(socket)));
    assert_eq!(dropped.is_err(), failed);
    failed
}

#[tokio::test]
async fn what_a_server_may_not_send_is_no_end_of_a_connection() {
    for packet in ["42no event", "43[]", "437[{}]"] {
        assert!(fails(packet, true).await && fails(packet, false).await, "{packet}");
    }
    assert!(!fails("41", true).await && !fails("41", false).await);
}
