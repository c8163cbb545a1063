//! Engine.IO by itself, in both protocols: what the official suites ask of it.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use chinwag_socketio::{Builder, SocketIo};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Answer, Got, Polls, Ws, bytes, http, packets, payload, quick, serve_with, within};

/// A version of the protocol, and how its clients write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaks {
    Three,
    Four,
}

use Speaks::{Four, Three};

const BOTH: [Speaks; 2] = [Three, Four];

impl Speaks {
    fn websocket(self) -> &'static str {
        match self {
            Three => "EIO=3&transport=websocket",
            Four => "EIO=4&transport=websocket",
        }
    }

    /// Text only.
    fn polling(self) -> &'static str {
        match self {
            Three => "EIO=3&transport=polling&b64=1",
            Four => "EIO=4&transport=polling",
        }
    }

    fn payload(self, said: &[&str]) -> String {
        match self {
            Three => payload(said),
            Four => said.join("\u{1e}"),
        }
    }

    fn packets(self, payload: &str) -> Vec<String> {
        match self {
            Three => packets(payload),
            Four => payload.split('\u{1e}').map(str::to_owned).collect(),
        }
    }

    /// A session that polls.
    async fn open(self, address: SocketAddr) -> Polls {
        let answer = http(address, "GET", self.polling(), "").await;
        let sid = self.opened(&answer)["sid"].as_str().unwrap().to_owned();
        Polls { address, sid, dialect: self.polling().to_owned() }
    }

    fn opened(self, answer: &Answer) -> Value {
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str(self.packets(&answer.body)[0].strip_prefix('0').unwrap()).unwrap()
    }

    /// A session that begins with a WebSocket.
    async fn connect(self, address: SocketAddr) -> Ws {
        let mut ws = Ws::open_with(address, self.websocket(), "").await.unwrap();
        assert!(ws.text().await.starts_with("0{"));
        ws
    }

    async fn upgrading(self, polls: &Polls) -> Ws {
        let query = format!("{}&sid={}", self.websocket(), polls.sid);
        Ws::open_with(polls.address, &query, "").await.unwrap()
    }
}

/// It sends back every message.
async fn echo(settings: Builder) -> SocketAddr {
    let service = settings.build_engine_io(|socket, message| socket.send(&message)).unwrap();
    serve_with(Router::new().route_service("/socket.io/", service)).await
}

/// Whose heartbeats are too far apart to be seen.
async fn calm() -> SocketAddr {
    echo(SocketIo::builder()).await
}

#[tokio::test]
async fn a_session_is_opened() {
    let address = echo(quick()).await;
    for speaks in BOTH {
        let polling = speaks.opened(&http(address, "GET", speaks.polling(), "").await);
        let mut ws = Ws::open_with(address, speaks.websocket(), "").await.unwrap();
        let websocket: Value = serde_json::from_str(ws.text().await.strip_prefix('0').unwrap()).unwrap();
        for (open, upgrades) in [(polling, json!(["websocket"])), (websocket, json!([]))] {
            assert!(open["sid"].is_string(), "{speaks:?}: {open}");
            assert_eq!(open["upgrades"], upgrades, "{speaks:?}");
            let times = (&open["pingInterval"], &open["pingTimeout"]);
            assert_eq!(times, (&json!(300), &json!(200)), "{speaks:?}");
            assert_eq!(open["maxPayload"], 1_000_000, "{speaks:?}");
        }
    }
}

#[tokio::test]
async fn wrong_handshakes_are_refused() {
    let address = calm().await;
    let queries = |protocol: &str| {
        ["", "&transport=abc", "&transport=constructor", "&transport=__proto__"]
            .map(|transport| (format!("EIO={protocol}{transport}"), 0))
    };
    let mut wrong = [queries("3"), queries("4")].concat();
    for protocol in ["", "EIO=abc&", "EIO=2&", "EIO=34&"] {
        wrong.extend(["polling", "websocket"].map(|name| (format!("{protocol}transport={name}"), 5)));
    }
    for (query, code) in &wrong {
        let websocket = Ws::open_with(address, query, "").await.err();
        assert_eq!(websocket, Some(400), "{query}");
        if query.ends_with("websocket") {
            continue;
        }
        let answer = http(address, "GET", query, "").await;
        assert_eq!((answer.status, &answer.json()["code"]), (400, &json!(code)), "{query}");
    }
    for speaks in BOTH {
        for method in ["POST", "PUT"] {
            let answer = http(address, method, speaks.polling(), "").await;
            assert_eq!((answer.status, &answer.json()["code"]), (400, &json!(2)), "{method} {speaks:?}");
        }
    }
}

#[tokio::test]
async fn messages_come_back_by_polling() {
    let address = calm().await;
    for speaks in BOTH {
        let bytes = if speaks == Three { "b4AQIDBA==" } else { "bAQIDBA==" };
        let polls = speaks.open(address).await;
        for said in [&["4hello"][..], &["4test1", "4test2", "4test3"], &["4hello", bytes]] {
            let body = speaks.payload(said);
            let posted = polls.post(&body).await;
            assert_eq!((posted.status, posted.body.as_str()), (200, "ok"), "{speaks:?}");
            let answer = polls.get().await;
            assert_eq!((answer.status, answer.body), (200, body), "{speaks:?}");
        }
    }
}

#[tokio::test]
async fn old_clients_that_read_bytes_are_sent_bytes() {
    let address = calm().await;
    let dialect = "EIO=3&transport=polling".to_owned();
    let opened = bytes(address, &dialect).await;
    let opened = String::from_utf8_lossy(&opened.body).into_owned();
    let sid = opened.split("\"sid\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let polls = Polls { address, sid, dialect };
    assert_eq!(polls.post("6:4hello10:b4AQIDBA==").await.body, "ok");
    let answer = bytes(address, &polls.query()).await;
    assert_eq!(answer.body, *b"\x00\x06\xff4hello\x01\x05\xff\x04\x01\x02\x03\x04");
}

#[tokio::test]
async fn messages_come_back_by_websocket() {
    let address = calm().await;
    for (speaks, bytes) in [(Three, &[4, 1, 2, 3, 4][..]), (Four, &[1, 2, 3, 4])] {
        let mut ws = speaks.connect(address).await;
        ws.send("4hello").await;
        assert_eq!(ws.next().await, Got::Text("4hello".into()), "{speaks:?}");
        ws.binary(bytes).await;
        assert_eq!(ws.next().await, Got::Binary(bytes.to_vec()), "{speaks:?}");
    }
}

#[tokio::test]
async fn what_is_no_packet_ends_the_session() {
    let address = calm().await;
    for speaks in BOTH {
        let polls = speaks.open(address).await;
        assert_eq!(polls.post("abc").await.status, 400, "{speaks:?}");
        assert_eq!(polls.get().await.status, 400, "{speaks:?}");
        let mut ws = speaks.connect(address).await;
        ws.send("abc").await;
        assert!(matches!(ws.rest().await[..], [Got::Close(_)]), "{speaks:?}");
    }
}

/// Whichever comes first: one is told of the end, and the other refused.
#[tokio::test]
async fn two_polls_at_once_end_the_session() {
    let address = calm().await;
    for speaks in BOTH {
        let polls = speaks.open(address).await;
        let (one, other) = tokio::join!(polls.get(), polls.get());
        let (told, refused) = if one.status == 200 { (one, other) } else { (other, one) };
        assert_eq!((told.status, refused.status), (200, 400), "{speaks:?}");
        assert_eq!(told.body, speaks.payload(&["1"]), "{speaks:?}");
        assert_eq!(polls.get().await.status, 400, "{speaks:?}");
    }
}

#[tokio::test]
async fn a_poll_that_is_given_up_ends_the_session() {
    let address = calm().await;
    for speaks in BOTH {
        let polls = speaks.open(address).await;
        let given_up = tokio::time::timeout(Duration::from_millis(100), polls.get()).await;
        assert!(given_up.is_err(), "{speaks:?}: nothing is to be said");
        // If the server has not noticed yet, this is one poll too many.
        assert_eq!(polls.get().await.status, 400, "{speaks:?}");
        assert_eq!(polls.post(&speaks.payload(&["4hello"])).await.status, 400, "{speaks:?}");
    }
}

#[tokio::test]
async fn heartbeats_go_by_polling() {
    let address = echo(quick()).await;
    let polls = Four.open(address).await;
    for _ in 0..3 {
        let answer = polls.get().await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "2"));
        assert_eq!(polls.post("3").await.status, 200);
    }
    // In the older protocol it is the client that asks.
    let polls = Three.open(address).await;
    for _ in 0..3 {
        assert_eq!(polls.post("1:2").await.status, 200);
        let answer = polls.get().await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "1:3"));
    }
}

#[tokio::test]
async fn heartbeats_go_by_websocket() {
    let address = echo(quick()).await;
    let mut ws = Four.connect(address).await;
    for _ in 0..3 {
        assert_eq!(ws.next().await, Got::Text("2".into()));
        ws.send("3").await;
    }
    let mut ws = Three.connect(address).await;
    for _ in 0..3 {
        ws.send("2").await;
        assert_eq!(ws.next().await, Got::Text("3".into()));
    }
}

#[tokio::test]
async fn who_is_silent_is_gone_in_time() {
    let address = echo(quick()).await;
    for speaks in BOTH {
        let start = Instant::now();
        let polls = speaks.open(address).await;
        if speaks == Four {
            assert_eq!(polls.get().await.body, "2");
        }
        assert_eq!(polls.get().await.body, speaks.payload(&["1"]), "{speaks:?}");
        assert!(start.elapsed() >= Duration::from_millis(499), "{speaks:?}: {:?}", start.elapsed());
        let ping = if speaks == Three { "2" } else { "3" };
        assert_eq!(polls.post(&speaks.payload(&[ping])).await.status, 400, "{speaks:?}");
        assert_eq!(polls.get().await.status, 400, "{speaks:?}");

        let start = Instant::now();
        let mut ws = speaks.connect(address).await;
        assert_eq!(ws.rest().await, [Got::Close(Some(1000))], "{speaks:?}");
        assert!(start.elapsed() >= Duration::from_millis(499), "{speaks:?}: {:?}", start.elapsed());
    }
}

#[tokio::test]
async fn a_client_may_close() {
    let address = calm().await;
    for speaks in BOTH {
        let last = within(async {
            loop {
                let polls = speaks.open(address).await;
                let close = speaks.payload(&["1"]);
                let (answer, closed) = tokio::join!(polls.get(), polls.post(&close));
                assert_eq!((closed.status, closed.body.as_str()), (200, "ok"), "{speaks:?}");
                assert_eq!(polls.get().await.status, 400, "{speaks:?}");
                // Otherwise the poll came after the end.
                if answer.status == 200 {
                    return answer.body;
                }
            }
        });
        assert_eq!(last.await, speaks.payload(&["6"]), "{speaks:?}");
        let mut ws = speaks.connect(address).await;
        ws.send("1").await;
        assert!(matches!(ws.rest().await[..], [Got::Close(_)]), "{speaks:?}");
    }
}

#[tokio::test]
async fn a_session_moves_to_one_websocket_for_good() {
    let address = calm().await;
    for speaks in BOTH {
        let polls = speaks.open(address).await;
        let mut ws = speaks.upgrading(&polls).await;
        ws.probe().await;
        assert_eq!(polls.get().await.body, speaks.payload(&["6"]), "{speaks:?}");
        ws.send("5").await;
        ws.send("4hello").await;
        assert_eq!(ws.next().await, Got::Text("4hello".into()), "{speaks:?}");
        // Requests of the old transport, and another WebSocket, are refused and do it no harm.
        assert_eq!(polls.get().await.status, 400, "{speaks:?}");
        assert_eq!(polls.post(&speaks.payload(&["4lost"])).await.status, 400, "{speaks:?}");
        let mut other = speaks.upgrading(&polls).await;
        assert_eq!(other.rest().await, [Got::Close(Some(1000))], "{speaks:?}");
        ws.send("4still here").await;
        assert_eq!(ws.next().await, Got::Text("4still here".into()), "{speaks:?}");
    }
}
