use bytes::Bytes;
use chinwag_socketio::adapter::Rooms;
use chinwag_socketio::socket_io::Arguments;
use chinwag_socketio::{Binary, Encoded, RemoteSocket};
use proptest::prelude::*;
use serde_json::Value;

use super::super::{Ask, Broadcast, Request, Response, Said};

fn rooms() -> impl Strategy<Value = Rooms> {
    let names = || proptest::collection::vec(any::<String>(), 0..4);
    (names(), names()).prop_map(|(rooms, except)| Rooms { rooms, except })
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 20, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map("[a-z]{0,3}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    any::<String>().prop_filter("the protocol's own", |name| Encoded::event("/", name, &1).is_ok())
}

/// Arguments with bytes among them.
fn arguments() -> impl Strategy<Value = Arguments> {
    (json(), proptest::collection::vec(any::<u8>(), 0..20)).prop_map(|(value, bytes)| {
        let packet = Encoded::event_all("/", "n", &(value, Binary::from(bytes))).unwrap();
        packet.parts().unwrap().1
    })
}

fn same(one: &Encoded, other: &Encoded) -> bool {
    one.namespace() == other.namespace() && one.parts() == other.parts()
}

/// Bytes that are nearly something.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        2 => Just(b"{\"type\":".to_vec()),
        2 => Just(b"\"requestId\":\"7\",\"rooms\":[\"a\"],".to_vec()),
        2 => Just(b"\"opts\":{\"rooms\":[\"a\"],\"except\":[]},".to_vec()),
        2 => Just(b"\"data\":[\"n\",1]}".to_vec()),
        2 => Just(b"\x93\xa1a\x83\xa4type\x02\xa3nsp\xa1/\xa4data".to_vec()),
        2 => Just(b"\x83\xa5rooms\x90\xa6except\x90\xa5flags\x80".to_vec()),
        2 => Just(b"\xa6packet".to_vec()),
        8 => any::<u8>().prop_map(|byte| vec![byte]),
        8 => (0x80_u8..0xe1).prop_map(|byte| vec![byte]),
        4 => (b'0'..=b'9').prop_map(|byte| vec![byte]),
    ];
    proptest::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_broadcast_is_read_as_it_was_written(
        uid: String,
        to in rooms(),
        name in name(),
        value in json(),
        bytes: Vec<u8>,
        volatile: bool,
        compress: bool,
    ) {
        let packet = Encoded::event_all("/chat", &name, &(value, Binary::from(bytes))).unwrap();
        let written = Broadcast { uid, to, packet, volatile, compress };
        let read = Broadcast::decode("/chat", &written.encode().into()).unwrap();
        prop_assert_eq!((read.uid, read.to), (written.uid, written.to));
        prop_assert_eq!((read.volatile, read.compress), (volatile, compress));
        prop_assert!(same(&read.packet, &written.packet));
    }

    #[test]
    fn a_request_is_read_as_it_was_written(
        uid: Option<String>,
        id: Option<String>,
        of in rooms(),
        names: Vec<String>,
        event in name(),
        arguments in arguments(),
        millis: Option<u32>,
        which in 0..6,
    ) {
        let packet = Encoded::event("/", "n", &arguments.to_json()).unwrap();
        let timeout = millis.map(|millis| std::time::Duration::from_millis(millis.into()));
        let ask = match which {
            0 => Ask::Join { of: of.clone(), rooms: names.clone() },
            1 => Ask::Leave { of: of.clone(), rooms: names.clone() },
            2 => Ask::Sockets { of: of.clone() },
            3 => Ask::AllRooms,
            4 => Ask::ServerSideEmit { event: event.clone(), arguments: arguments.clone() },
            _ => Ask::Broadcast { to: of.clone(), packet: packet.clone(), volatile: true, compress: false, timeout },
        };
        let bytes = Request { uid: uid.clone(), id: id.clone(), ask }.encode();
        let read = Request::decode("/", &bytes.into()).unwrap();
        prop_assert_eq!((read.uid, read.id), (uid, id));
        match read.ask {
            Ask::Join { of: read, rooms } if which == 0 => prop_assert_eq!((read, rooms), (of, names)),
            Ask::Leave { of: read, rooms } if which == 1 => prop_assert_eq!((read, rooms), (of, names)),
            Ask::Sockets { of: read } if which == 2 => prop_assert_eq!(read, of),
            Ask::AllRooms => prop_assert_eq!(which, 3),
            Ask::ServerSideEmit { event: name, arguments: read } => {
                prop_assert_eq!((name, read.to_json()), (event, arguments.to_json()));
                prop_assert_eq!(read.attachments(), arguments.attachments());
            }
            Ask::Broadcast { to, packet: read, volatile: true, compress: false, timeout: until } => {
                prop_assert_eq!((to, until), (of, timeout));
                prop_assert!(same(&read, &packet));
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn a_response_is_read_as_it_was_written(
        id: String,
        ids in proptest::collection::vec(any::<String>(), 1..5),
        asked: u32,
        rooms: Vec<String>,
        data in json(),
        address: Option<[u8; 4]>,
        arguments in arguments(),
    ) {
        // Only the first argument is told, and `null` is as good as none.
        let first: Value = arguments.first().unwrap();
        let peer_addr = address.map(|address| (address, 0).into());
        let sockets: Vec<_> = ids
            .iter()
            .map(|id| RemoteSocket {
                id: id.clone(),
                rooms: rooms.iter().filter(|room| *room != id).cloned().collect(),
                peer_addr,
                data: data.clone(),
            })
            .collect();
        let said = [
            Said::Ids(ids),
            Said::Sockets(sockets),
            Said::Rooms(rooms),
            Said::Asked(asked as usize),
            Said::Acknowledged(arguments.clone()),
            Said::Replied(arguments),
            Said::Done,
        ];
        for said in said {
            let written = Response { id: id.clone(), said };
            let read = Response::decode(&written.encode().into()).unwrap();
            prop_assert_eq!(&read.id, &written.id);
            match (read.said, written.said) {
                (Said::Acknowledged(read), Said::Acknowledged(_)) | (Said::Replied(read), Said::Replied(_)) => {
                    prop_assert_eq!(read.first::<Value>().unwrap(), first.clone());
                }
                (read, written) => prop_assert_eq!(read, written),
            }
        }
    }

    #[test]
    fn nothing_that_comes_does_harm(bytes in nearly()) {
        let bytes = Bytes::from(bytes);
        if let Ok(read) = Broadcast::decode("/", &bytes) {
            let again = Broadcast::decode("/", &read.encode().into()).unwrap();
            prop_assert!(same(&again.packet, &read.packet));
        }
        if let Ok(read) = Request::decode("/", &bytes) {
            prop_assert!(Request::decode("/", &read.encode().into()).is_ok());
        }
        if let Ok(read) = Response::decode(&bytes) {
            prop_assert!(Response::decode(&read.encode().into()).is_ok());
        }
    }
}
