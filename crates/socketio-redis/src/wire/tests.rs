//! With bytes that `@socket.io/redis-adapter` 8.3.0 and `@socket.io/redis-emitter` 5.1.0 wrote, with socket.io 4.8.4.

mod properties;

use std::time::Duration;

use bytes::Bytes;
use chinwag_socketio::adapter::{Farewell, Rooms};
use chinwag_socketio::socket_io::Arguments;
use chinwag_socketio::{Binary, Closing, Encoded, RemoteSocket};
use serde_json::json;

use super::*;

/// `io.of("/chat").to("lobby").except("muted").volatile.compress(false)
/// .emit("said", "ü", 1, { at: Buffer.from([1, 2, 255]) }, undefined, new Date(0))`, to `socket.io#/chat#lobby#`.
const BROADCAST: &str = "93a666506a30616f83a47479706502a46461746196a473616964a2c3bc0181a26174c4030102ffc0d6ff00000000\
    a36e7370a52f6368617483a5726f6f6d7391a56c6f626279a665786365707491a56d75746564a5666c61677382a8766f6c6174696c65c3a863\
    6f6d7072657373c2";

/// `io.to(7).to("b").emit("n", 1.5)`, to `socket.io#/#`.
const TO_A_NUMBER: &str = "93a650475265676983a47479706502a46461746192a16ecb3ff8000000000000a36e7370a12f83a5726f6f6d739207\
    a162a665786365707490a5666c61677380";

/// `emitter.to("a").emit("n", 1)`, to `socket.io#/#a#`.
const EMITTED: &str = "93a7656d697474657283a47479706502a46461746192a16e01a36e7370a12f83a5726f6f6d7391a161a5666c61677380\
    a665786365707490";

/// `io.to("a").timeout(1000).emit("ask", Buffer.from([7]), callback)`.
const ASKING: &str = "85a3756964a6504752656769a9726571756573744964a669674d453355a47479706507a67061636b657483a47479706502\
    a46461746192a361736bc40107a36e7370a12fa46f70747383a5726f6f6d7391a161a665786365707490a5666c61677381a774696d656f7574\
    cd03e8";

/// An acknowledgement of `{ name: "ada", bytes: Buffer.from([1, 2]) }`, and one of nothing.
const ACKNOWLEDGED: &str =
    "83a47479706509a9726571756573744964a27231a67061636b657482a46e616d65a3616461a56279746573c4020102";
const ACKNOWLEDGED_NOTHING: &str = "83a47479706509a9726571756573744964a27231a67061636b6574d40000";

fn hex(text: &str) -> Bytes {
    let digits: Vec<u8> =
        text.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn rooms(rooms: &[&str], except: &[&str]) -> Rooms {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Rooms { rooms: owned(rooms), except: owned(except) }
}

fn event(packet: &Encoded) -> (String, String, Vec<Bytes>) {
    let (name, arguments) = packet.parts().unwrap();
    (name, arguments.to_json(), arguments.attachments().to_vec())
}

fn request(text: &str) -> Request {
    Request::decode("/", &Bytes::copy_from_slice(text.as_bytes())).unwrap()
}

fn response(text: &str) -> Response {
    Response::decode(&Bytes::copy_from_slice(text.as_bytes())).unwrap()
}

#[test]
fn broadcasts_of_node_are_read() {
    let Broadcast { uid, to, packet, volatile, compress } =
        Broadcast::decode("/chat", &hex(BROADCAST)).unwrap();
    assert_eq!((uid.as_str(), to), ("fPj0ao", rooms(&["lobby"], &["muted"])));
    assert_eq!((volatile, compress), (true, false));
    let arguments = r#"["ü",1,{"at":{"_placeholder":true,"num":0}},null,"1970-01-01T00:00:00.000Z"]"#;
    assert_eq!(event(&packet), ("said".into(), arguments.into(), vec![Bytes::from_static(&[1, 2, 255])]));
    let emitted = Broadcast::decode("/", &hex(EMITTED)).unwrap();
    assert_eq!((emitted.uid.as_str(), emitted.to), ("emitter", rooms(&["a"], &[])));
    assert_eq!((emitted.volatile, emitted.compress), (false, true));
    let number = Broadcast::decode("/", &hex(TO_A_NUMBER)).unwrap();
    assert_eq!(number.to, rooms(&["7", "b"], &[]), "a room may be a number");
    assert_eq!(event(&number.packet), ("n".into(), "[1.5]".into(), vec![]));
    let elsewhere = Broadcast::decode("/", &hex(BROADCAST)).unwrap_err();
    assert_eq!(elsewhere.to_string(), "a packet of another namespace");
}

#[test]
fn broadcasts_are_written_as_node_writes_them() {
    let packet = Encoded::event("/", "n", &1).unwrap();
    let ours =
        Broadcast { uid: "emitter".into(), to: rooms(&["a"], &[]), packet, volatile: false, compress: true };
    // The emitter has `flags` before `except`, which is the same to who reads it; the adapter has it as we do.
    let swapped = hex(
        "93a7656d697474657283a47479706502a46461746192a16e01a36e7370a12f83a5726f6f6d7391a161a665786365707490a5666c61677380",
    );
    assert_eq!(ours.encode(), swapped);
    #[derive(serde::Serialize)]
    struct At {
        at: Binary,
    }
    let at = At { at: Binary::from(vec![1, 2, 255]) };
    let packet = Encoded::event_all("/chat", "said", &("ü", 1, at, (), "1970")).unwrap();
    let to = rooms(&["lobby"], &["muted"]);
    let ours = Broadcast { uid: "fPj0ao".into(), to, packet, volatile: true, compress: false };
    // But for the date, which JSON does not have.
    let date = BROADCAST.replace("d6ff00000000", "a431393730");
    assert_eq!(ours.encode(), hex(&date));
}

#[test]
fn requests_of_node_are_read() {
    let fetch =
        request(r#"{"uid":"PGRegi","requestId":"fVoBSq","type":5,"opts":{"rooms":["a"],"except":[]}}"#);
    assert_eq!((fetch.uid.as_deref(), fetch.id.as_deref()), (Some("PGRegi"), Some("fVoBSq")));
    assert!(matches!(fetch.ask, Ask::Sockets { of } if of == rooms(&["a"], &[])));
    let all = request(r#"{"uid":"PGRegi","requestId":"G123Jf","type":1}"#);
    assert!(matches!(all.ask, Ask::AllRooms));
    let ids = request(r#"{"uid":"PGRegi","requestId":"r","type":0,"rooms":["a"]}"#);
    assert!(matches!(ids.ask, Ask::Ids { of } if of == rooms(&["a"], &[])));
    let join =
        request(r#"{"uid":"PGRegi","type":2,"opts":{"rooms":["a"],"except":["b"]},"rooms":["c","d"]}"#);
    assert!(
        matches!(join.ask, Ask::Join { of, rooms: into } if of == rooms(&["a"], &["b"]) && into == ["c", "d"])
    );
    let leave = request(r#"{"type":3,"opts":{"rooms":[],"except":[]},"rooms":["x"]}"#);
    assert_eq!((leave.uid, leave.id), (None, None));
    assert!(matches!(leave.ask, Ask::Leave { of, rooms } if of == Rooms::default() && rooms == ["x"]));
    for (close, farewell) in [(true, Farewell::KickAndClose), (false, Farewell::Kick)] {
        let text = format!(r#"{{"uid":"u","type":4,"opts":{{"rooms":["a"],"except":[]}},"close":{close}}}"#);
        assert!(matches!(request(&text).ask, Ask::Disconnect { how, .. } if how == farewell));
    }
    let told = request(r#"{"uid":"emitter","type":6,"data":["hello",1,"two"]}"#);
    assert!(matches!(told.ask, Ask::ServerSideEmit { event, arguments }
        if event == "hello" && arguments.to_json() == r#"[1,"two"]"#));
    let asking = Request::decode("/", &hex(ASKING)).unwrap();
    assert_eq!(asking.id.as_deref(), Some("igME3U"));
    let Ask::Broadcast { to, packet, volatile, compress, timeout } = asking.ask else { panic!() };
    assert_eq!((to, volatile, compress), (rooms(&["a"], &[]), false, true));
    assert_eq!(timeout, Some(Duration::from_secs(1)));
    let placeholder = r#"[{"_placeholder":true,"num":0}]"#;
    assert_eq!(event(&packet), ("ask".into(), placeholder.into(), vec![Bytes::from_static(&[7])]));
}

#[test]
fn requests_of_servers_before_6_1_are_read() {
    let join = request(r#"{"requestId":"r","type":2,"sid":"abc","room":"lobby"}"#);
    assert!(
        matches!(join.ask, Ask::Join { of, rooms: into } if of == rooms(&["abc"], &[]) && into == ["lobby"])
    );
    let end = request(r#"{"requestId":"r","type":4,"sid":"abc","close":true}"#);
    assert!(matches!(end.ask, Ask::Disconnect { of, .. } if of == rooms(&["abc"], &[])));
}

#[test]
fn requests_are_written_as_node_writes_them() {
    // The order of the fields is our own.
    let written = |ask| {
        let bytes = Request { uid: Some("u".into()), id: None, ask }.encode();
        serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()
    };
    let of = || rooms(&["a"], &["b"]);
    let opts = json!({ "rooms": ["a"], "except": ["b"] });
    let join = written(Ask::Join { of: of(), rooms: vec!["c".into()] });
    assert_eq!(join, json!({ "uid": "u", "type": 2, "opts": opts, "rooms": ["c"] }));
    let leave = written(Ask::Leave { of: of(), rooms: vec!["c".into()] });
    assert_eq!(leave, json!({ "uid": "u", "type": 3, "opts": opts, "rooms": ["c"] }));
    let end = written(Ask::Disconnect { of: of(), how: Farewell::Kick });
    assert_eq!(end, json!({ "uid": "u", "type": 4, "opts": opts, "close": false }));
    let end = written(Ask::Disconnect { of: of(), how: Farewell::KickAndClose });
    assert_eq!(end, json!({ "uid": "u", "type": 4, "opts": opts, "close": true }));
    let arguments = Arguments::from_json(r#"[1,"two"]"#, vec![]).unwrap();
    let told = written(Ask::ServerSideEmit { event: "hello".into(), arguments });
    assert_eq!(told, json!({ "uid": "u", "type": 6, "data": ["hello", 1, "two"] }));
}

#[test]
fn how_sockets_are_ended_is_not_lost_between_ours() {
    let ways = [
        Farewell::Kick,
        Farewell::KickAndClose,
        Farewell::Close,
        Farewell::Closing(Closing::new("moved", 500)),
    ];
    for how in ways {
        let ask = Ask::Disconnect { of: Rooms::default(), how: how.clone() };
        let bytes = Request { uid: None, id: None, ask }.encode();
        let read = Request::decode("/", &bytes.into()).unwrap();
        assert!(matches!(read.ask, Ask::Disconnect { how: read, .. } if read == how), "{how:?}");
    }
}

#[test]
fn responses_of_node_are_read() {
    assert_eq!(response(r#"{"requestId":"r1","sockets":["x"]}"#).said, Said::Ids(vec!["x".into()]));
    assert_eq!(
        response(r#"{"requestId":"r1","rooms":["x",7]}"#).said,
        Said::Rooms(vec!["x".into(), "7".into()])
    );
    assert_eq!(response(r#"{"type":8,"requestId":"r1","clientCount":3}"#).said, Said::Asked(3));
    assert_eq!(response(r#"{"requestId":"r1"}"#).said, Said::Done);
    let Said::Replied(reply) = response(r#"{"type":6,"requestId":"r1","data":{"x":1}}"#).said else {
        panic!()
    };
    assert_eq!(reply.to_json(), r#"[{"x":1}]"#);
    let acknowledged = Response::decode(&hex(ACKNOWLEDGED)).unwrap();
    let Said::Acknowledged(arguments) = acknowledged.said else { panic!() };
    assert_eq!(arguments.to_json(), r#"[{"name":"ada","bytes":{"_placeholder":true,"num":0}}]"#);
    assert_eq!(arguments.attachments(), [&[1, 2][..]]);
    let nothing = Response::decode(&hex(ACKNOWLEDGED_NOTHING)).unwrap();
    let Said::Acknowledged(arguments) = nothing.said else { panic!() };
    assert!(arguments.first::<Option<u8>>().unwrap().is_none());
    let socket = r#"{"requestId":"r1","sockets":[{"id":"x","handshake":{"headers":{"host":"a"},"address":"::ffff:10.0.0.1",
        "xdomain":false},"rooms":["x","lobby",7],"data":{"name":"ada"}},{"id":"y","rooms":["y"],"data":{}}]}"#;
    let Said::Sockets(sockets) = response(socket).said else { panic!() };
    let peer_addr = Some("10.0.0.1:0".parse().unwrap());
    let rooms = vec!["lobby".into(), "7".into()];
    let one = RemoteSocket { id: "x".into(), rooms, peer_addr, data: json!({ "name": "ada" }) };
    let other = RemoteSocket { id: "y".into(), rooms: vec![], peer_addr: None, data: json!({}) };
    assert_eq!(sockets, [one, other]);
}

#[test]
fn what_is_wrong_is_refused() {
    let broadcasts = [
        "",
        "80",
        "90",
        "93c0c0c0",
        "93a161a162a163",
        // Of another type of packet; with data that is no list; with a name of the protocol's own.
        "93a16183a47479706501a46461746191a16ea36e7370a12f80",
        "93a16183a47479706502a464617461a16ea36e7370a12f80",
        "93a16183a47479706502a46461746191a7636f6e6e656374a36e7370a12f80",
        // Rooms that are no names.
        "93a16183a47479706502a46461746191a16ea36e7370a12f81a5726f6f6d739190",
    ];
    for bytes in broadcasts {
        assert!(Broadcast::decode("/", &hex(bytes)).is_err(), "{bytes}");
    }
    let legacy = hex("93a16182a47479706502a46461746191a16ec0");
    assert!(Broadcast::decode("/", &legacy).is_ok(), "old emitters leave out what is usual");
    for text in
        ["{", "{}", "[]", "{\"type\":99}", "{\"type\":6}", "{\"type\":7}", "{\"type\":\"2\"}", "\u{1}"]
    {
        assert!(Request::decode("/", &Bytes::copy_from_slice(text.as_bytes())).is_err(), "{text}");
        assert!(Response::decode(&Bytes::copy_from_slice(text.as_bytes())).is_err(), "{text}");
    }
    let deep = format!(r#"{{"type":6,"data":["n",{}1{}]}}"#, "[".repeat(200), "]".repeat(200));
    assert!(Request::decode("/", &deep.into()).is_err());
    let long = Bytes::from(vec![b'{'; MAX_MESSAGE + 1]);
    assert_eq!(Request::decode("/", &long).unwrap_err().to_string(), "a message that is too long");
}
