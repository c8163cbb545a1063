use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::json::{Fault, Scanner};
use super::*;
use crate::Binary;
use crate::websocket::{Frames, Opcode};

fn read(text: &str) -> Result<Packet, DecodeError> {
    decode(&Bytes::copy_from_slice(text.as_bytes()), &Limits::default())
}

fn event_of(text: &str) -> (String, String, Option<u64>, String) {
    let packet = read(text).unwrap();
    let Body::Event { name, arguments } = packet.body else { panic!("no event: {text}") };
    let text = |bytes: Bytes| String::from_utf8(bytes.to_vec()).unwrap();
    (text(packet.namespace), text(name), packet.id, arguments.to_json())
}

/// Takes a packet apart as a client would.
fn parts(frames: Bytes) -> (String, Vec<Bytes>) {
    let mut frames = Frames::new(frames);
    let (Opcode::Text, text) = frames.next().unwrap() else { panic!("no text first") };
    let text = String::from_utf8(text.to_vec()).unwrap();
    let attachments = frames.map(|(opcode, bytes)| {
        assert_eq!(opcode, Opcode::Binary);
        bytes
    });
    (text, attachments.collect())
}

#[test]
fn events_are_read() {
    assert_eq!(event_of(r#"2["a"]"#), ("/".into(), "a".into(), None, "[]".into()));
    assert_eq!(event_of(r#"2["a",1,[2]]"#), ("/".into(), "a".into(), None, "[1,[2]]".into()));
    assert_eq!(event_of(r#"217[ "a" , 1 ] "#), ("/".into(), "a".into(), Some(17), "[1 ] ".into()));
    assert_eq!(event_of(r#"2/n,["a"]"#), ("/n".into(), "a".into(), None, "[]".into()));
    assert_eq!(event_of(r#"2/n,0["a"]"#), ("/n".into(), "a".into(), Some(0), "[]".into()));
    assert_eq!(event_of(r#"2["\u0061\"",1]"#), ("/".into(), "a\"".into(), None, "[1]".into()));
    assert_eq!(event_of("2[3.5e1,1]"), ("/".into(), "3.5e1".into(), None, "[1]".into()));
}

#[test]
fn other_packets_are_read() {
    let body = |text: &str| read(text).unwrap().body;
    assert_eq!(body("0"), Body::Connect(None));
    assert_eq!(body(r#"0{"a":1}"#), Body::Connect(Some(Bytes::from_static(br#"{"a":1}"#))));
    assert_eq!(read("0/n").unwrap().namespace, "/n");
    assert_eq!(read("0/n,{}").unwrap().namespace, "/n");
    assert_eq!(body("1"), Body::Disconnect);
    assert_eq!(body("1/n,"), Body::Disconnect);
    let Body::Ack(arguments) = body("312[1,2]") else { panic!() };
    assert_eq!(arguments.all::<(u8, u8)>(), Ok((1, 2)));
    let Body::Ack(arguments) = body("312") else { panic!() };
    assert!(arguments.is_empty());
    assert_eq!(read(r#"52-["a"]"#).unwrap().attachments, 2);
}

#[test]
fn what_is_no_packet_is_refused() {
    for (text, error) in [
        ("", DecodeError::Type),
        ("7", DecodeError::Type),
        ("abc", DecodeError::Type),
        ("0[]", DecodeError::Payload),
        ("0{", DecodeError::Payload),
        ("1{}", DecodeError::Payload),
        ("2", DecodeError::Payload),
        ("2{}", DecodeError::Payload),
        ("2[]", DecodeError::Payload),
        ("2[null]", DecodeError::Payload),
        ("2[[\"a\"]]", DecodeError::Payload),
        ("2[\"connect\"]", DecodeError::Payload),
        ("2[\"a\"]]", DecodeError::Payload),
        ("2[\"a\",]", DecodeError::Payload),
        ("2abc[\"a\"]", DecodeError::Payload),
        ("2-1[\"a\"]", DecodeError::Payload),
        ("299999999999999999999[\"a\"]", DecodeError::Id),
        // It would keep its zeros as long as it waits.
        ("2000000000000000000001[\"a\"]", DecodeError::Id),
        ("5000000000000000000001-[\"a\",{\"_placeholder\":true,\"num\":0}]", DecodeError::Attachments),
        ("3[]", DecodeError::Id),
        ("31{}", DecodeError::Payload),
        ("5[\"a\"]", DecodeError::Attachments),
        ("5-[\"a\"]", DecodeError::Attachments),
        ("5+1-[\"a\"]", DecodeError::Attachments),
        ("511-[\"a\"]", DecodeError::TooManyAttachments),
    ] {
        assert_eq!(read(text), Err(error), "{text}");
    }
}

#[test]
fn depth_is_limited_and_told_with_what_is_known() {
    let deep = |levels: usize| format!("2/n,5[\"a\",{}{}]", "[".repeat(levels), "]".repeat(levels));
    assert!(read(&deep(63)).is_ok());
    let error = DecodeError::TooDeep { namespace: "/n".into(), id: Some(5) };
    assert_eq!(read(&deep(64)), Err(error.clone()));
    // However deep, and however it goes on.
    assert_eq!(read(&format!("2/n,5[\"a\",{}", "{\"a\":[".repeat(100_000))), Err(error));
    let limits = Limits { depth: 1000, ..Limits::default() };
    let text = Bytes::from(format!("2{}", "[".repeat(500)));
    assert!(matches!(decode(&text, &limits), Err(DecodeError::TooDeep { .. })));
}

#[test]
fn packets_are_written_as_in_the_specification() {
    let text = |frames: Result<Bytes, EncodeError>| parts(frames.unwrap()).0;
    assert_eq!(text(event("/", None, "a", &Args::One(&1))), r#"42["a",1]"#);
    assert_eq!(text(event("/n", Some(7), "a\"", &Args::One(&"b"))), r#"42/n,7["a\"","b"]"#);
    assert_eq!(text(event("/", None, "a", &Args::All(&(1, "b")))), r#"42["a",1,"b"]"#);
    assert_eq!(text(event("/", None, "a", &Args::All(&()))), r#"42["a"]"#);
    assert_eq!(text(event("/", None, "a", &Args::All(&[0_u8; 0]))), r#"42["a"]"#);
    assert_eq!(text(ack("/", 3, &Args::One(&json!({})))), "433[{}]");
    assert_eq!(text(ack("/n", 3, &Args::All(&[1, 2]))), "43/n,3[1,2]");
    assert_eq!(text(ack("/", 3, &Args::All(&()))), "433[]");
    assert_eq!(text(Ok(disconnect("/"))), "41");
    assert_eq!(text(Ok(disconnect("/n"))), "41/n,");
    assert_eq!(text(connect_error::<()>("/n", "no", None)), r#"44/n,{"message":"no"}"#);
    assert_eq!(text(connect_error("/", "no", Some(&1))), r#"44{"message":"no","data":1}"#);
    assert!(matches!(event("/", None, "a", &Args::All(&"no list")), Err(EncodeError::NotAList)));
    let no_json = std::collections::HashMap::from([((1, 2), 3)]);
    assert!(matches!(event("/", None, "a", &Args::One(&no_json)), Err(EncodeError::Json(_))));
}

#[test]
fn binary_values_become_attachments() {
    let value = (Binary(Bytes::from_static(b"one")), vec![Some(Binary(Bytes::from_static(b"two"))), None]);
    let (text, attachments) = parts(event("/n", Some(1), "a", &Args::All(&value)).unwrap());
    assert_eq!(text, r#"452-/n,1["a",{"_placeholder":true,"num":0},[{"_placeholder":true,"num":1},null]]"#);
    assert_eq!(attachments, ["one", "two"]);
    // Outside of a packet there is nowhere to attach it.
    assert_eq!(serde_json::to_string(&Binary(vec![1, 2].into())).unwrap(), "[1,2]");
}

#[test]
fn an_assembler_keeps_to_its_limits() {
    let limits = Limits { attachments: 2, attachment_bytes: 10, depth: 5 };
    let mut assembler = Assembler::default();
    let text = |text: &'static str| Bytes::from_static(text.as_bytes());
    assert_eq!(assembler.binary(text("x"), &limits), Err(Refused::NoneDue));
    assert_eq!(assembler.text(&text(r#"52-["a"]"#), &limits), Ok(Incoming::Partial));
    assert_eq!(assembler.text(&text(r#"2["a"]"#), &limits), Err(Refused::TextDue));
    assert_eq!(assembler.binary(text("12345"), &limits), Ok(Incoming::Partial));
    assert_eq!(assembler.binary(text("123456"), &limits), Err(Refused::TooLarge));
    // None are announced, so the packet is complete.
    assert!(matches!(assembler.text(&text(r#"50-["a"]"#), &limits), Ok(Incoming::Packet(_))));
    assert!(matches!(assembler.text(&text(r#"2["a"]"#), &limits), Ok(Incoming::Packet(_))));
}

#[test]
fn placeholders_refer_to_attachments() {
    let read = |list: &str| {
        let mut assembler = Assembler::default();
        let text = Bytes::from(format!("51-{list}"));
        assert_eq!(assembler.text(&text, &Limits::default()), Ok(Incoming::Partial));
        assembler.binary(Bytes::from_static(b"x"), &Limits::default())
    };
    for list in [
        r#"["a",{"_placeholder":true,"num":0}]"#,
        r#"["a",{"_placeholder":false,"num":9},[{"b":{"_placeholder":true,"num":0}}]]"#,
        r#"["a"]"#,
    ] {
        assert!(matches!(read(list), Ok(Incoming::Packet(_))), "{list}");
    }
    for list in [
        r#"["a",{"_placeholder":true,"num":1}]"#,
        r#"["a",{"_placeholder":true,"num":-1}]"#,
        r#"["a",{"_placeholder":true,"num":0.5}]"#,
        r#"["a",{"_placeholder":true,"num":"0"}]"#,
        r#"["a",[[{"b":{"_placeholder":true}}]]]"#,
    ] {
        assert_eq!(read(list), Err(Refused::Placeholder), "{list}");
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The arguments as they are in a packet. Compared as text, because reading a number may round its last digit.
fn written(args: &[Value], attachments: usize) -> String {
    let placeholders: Vec<Value> =
        (0..attachments).map(|number| json!({ "_placeholder": true, "num": number })).collect();
    json!([[args, placeholders]]).to_string()
}

proptest! {
    #[test]
    fn events_read_back_what_they_write(
        namespace in "/[^,]{0,10}",
        id: Option<u64>,
        name: String,
        args in proptest::collection::vec(json_value(), 0..4),
        binary in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 0..4),
    ) {
        prop_assume!(!["connect", "connect_error", "disconnect", "disconnecting"].contains(&name.as_str()));
        let binary: Vec<Binary> = binary.into_iter().map(Binary::from).collect();
        let all = (args.clone(), binary.clone());
        let (text, attachments) = parts(event(&namespace, id, &name, &Args::One(&all)).unwrap());
        let mut assembler = Assembler::default();
        let text = Bytes::from(text).split_off(1);
        let mut incoming = assembler.text(&text, &Limits::default()).unwrap();
        for attachment in attachments {
            prop_assert_eq!(incoming, Incoming::Partial);
            incoming = assembler.binary(attachment, &Limits::default()).unwrap();
        }
        let Incoming::Packet(packet) = incoming else { panic!("still partial") };
        prop_assert_eq!(packet.namespace, namespace);
        prop_assert_eq!(packet.id, id);
        let Body::Event { name: read, arguments } = packet.body else { panic!("no event") };
        prop_assert_eq!(read, name);
        let (_, bytes) = arguments.first::<(Vec<Value>, Vec<Binary>)>().unwrap();
        prop_assert_eq!(bytes, binary);
        prop_assert_eq!(arguments.to_json(), written(&args, arguments.attachments().len()));
    }

    #[test]
    fn acknowledgements_read_back_what_they_write(
        namespace in "/[^,]{0,10}",
        id: u64,
        args in proptest::collection::vec(json_value(), 0..4),
        binary in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 0..4),
    ) {
        let binary: Vec<Binary> = binary.into_iter().map(Binary::from).collect();
        let (text, attachments) = parts(ack(&namespace, id, &Args::One(&(args.clone(), binary.clone()))).unwrap());
        let mut assembler = Assembler::default();
        let mut incoming = assembler.text(&Bytes::from(text).split_off(1), &Limits::default()).unwrap();
        for attachment in attachments {
            incoming = assembler.binary(attachment, &Limits::default()).unwrap();
        }
        let Incoming::Packet(packet) = incoming else { panic!("still partial") };
        prop_assert_eq!((packet.namespace.as_ref(), packet.id), (namespace.as_bytes(), Some(id)));
        let Body::Ack(arguments) = packet.body else { panic!("no acknowledgement") };
        prop_assert_eq!(arguments.first::<(Vec<Value>, Vec<Binary>)>().unwrap().1, binary);
        prop_assert_eq!(arguments.to_json(), written(&args, arguments.attachments().len()));
    }

    #[test]
    fn anything_is_read_without_panic(text in "\\PC{0,80}") {
        let _ = read(&text);
    }

    #[test]
    fn what_nearly_is_a_packet_is_read_without_panic(
        text in r#"[0-7][0-9]{0,2}-?(/[a-z]{0,2},?)?[0-9]{0,3}[\[{]?"?[a-z\\u0-9]{0,6}"?[,:\[\]{}0-9e.\-"a-z ]{0,20}"#,
    ) {
        if let Ok(packet) = read(&text)
            && let Body::Event { arguments, .. } | Body::Ack(arguments) = packet.body
        {
            let _ = arguments.first::<Value>();
            prop_assert!(arguments.all::<Vec<Value>>().is_ok(), "{}", text);
        }
    }

    #[test]
    fn the_scanner_agrees_with_serde_json(text in r#"[\[\]{},:"\\a-f0-9.eE+\-trufalsn \n\u{1}ü]{0,24}"#) {
        let mut scanner = Scanner::new(text.as_bytes());
        let scanned = scanner.value(100).and_then(|()| {
            scanner.space();
            if scanner.is_empty() { Ok(()) } else { Err(Fault::Malformed) }
        });
        // What serde_json refuses beside what is malformed are numbers that are too large, and lone surrogates.
        match serde_json::from_str::<Box<serde_json::value::RawValue>>(&text) {
            Ok(_) => prop_assert_eq!(scanned, Ok(())),
            Err(_) => prop_assert!(scanned.is_err(), "{:?}", text),
        }
    }

    #[test]
    fn the_scanner_takes_all_that_serde_json_writes(value in json_value()) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        let mut scanner = Scanner::new(text.as_bytes());
        prop_assert_eq!(scanner.value(100), Ok(()));
        prop_assert_eq!(scanner.position(), text.len());
    }
}
