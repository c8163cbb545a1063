use proptest::prelude::*;
use serde_json::Value;

use super::{encoded, queued, read, with_argument};
use crate::Binary;
use crate::socket_io::message_pack::reader::Reader;
use crate::socket_io::message_pack::{decode, encode};
use crate::socket_io::{self, Args, Body, Limits, Packet};

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[\u{0}-\u{20}\"\\\\]{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 20, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..20).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..20)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Numbers are compared as floats, because whole ones lose their fraction, and up to the last digit, which reading
/// JSON may round.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) if one == other => true,
        (Value::Number(one), Value::Number(other)) => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            (one - other).abs() <= one.abs() * 1e-15
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, one)| other.get(key).is_some_and(|other| same(one, other)))
        }
        _ => one == other,
    }
}

/// Bytes that are mostly heads of short values.
fn nearly_message_pack() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => Just(b"\xa4type\x02\xa3nsp\xa1/\xa4data".to_vec()),
        2 => Just(b"\xa2id".to_vec()),
        2 => Just(b"\xac_placeholder\xc3".to_vec()),
        10 => (0x80_u8..=0xe1).prop_map(|byte| vec![byte]),
        10 => any::<u8>().prop_map(|byte| vec![byte]),
        10 => (0_u8..4).prop_map(|byte| vec![byte]),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        namespace in "/[^,]{0,10}",
        id: Option<u64>,
        name: String,
        args in proptest::collection::vec(json_value(), 0..4),
        binary in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..4),
    ) {
        prop_assume!(!["connect", "connect_error", "disconnect", "disconnecting"].contains(&name.as_str()));
        let binary: Vec<Binary> = binary.into_iter().map(Binary::from).collect();
        let frames = socket_io::event(&namespace, id, &name, &Args::One(&(&args, &binary))).unwrap();
        let packet = decode(&encoded(&frames), &Limits::default()).unwrap();
        prop_assert_eq!(packet.namespace, namespace);
        prop_assert_eq!(packet.id, id);
        let Body::Event { name: read, arguments } = packet.body else { panic!("no event") };
        prop_assert_eq!(read, name);
        let (values, bytes) = arguments.first::<(Vec<Value>, Vec<Binary>)>().unwrap();
        prop_assert!(same(&values.into(), &args.into()));
        prop_assert_eq!(bytes, binary);
    }

    #[test]
    fn anything_is_read_without_panic_and_bounded(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
        let packet = with_argument(&bytes);
        if let Ok(Packet { body: Body::Event { arguments, .. }, .. }) = read(&packet) {
            prop_assert!(arguments.to_json().len() <= 20 * bytes.len());
        }
    }

    #[test]
    fn what_nearly_is_a_packet_is_read_without_panic_and_bounded(bytes in nearly_message_pack()) {
        let limits = Limits { attachments: 1000, ..Limits::default() };
        for bytes in [[&[0x84][..], &bytes].concat(), with_argument(&bytes)] {
            if let Ok(Packet { body: Body::Event { arguments, .. }, .. }) = decode(&bytes.clone().into(), &limits) {
                prop_assert!(arguments.size() <= 20 * bytes.len());
                prop_assert!(arguments.all::<Vec<Value>>().is_ok());
                // It can be passed on, to whatever parser.
                let text = format!("5{}-{}", arguments.attachments().len(), arguments.to_json());
                let _ = encode(&queued(&text, &[]));
            }
        }
    }

    #[test]
    fn values_are_skipped_as_they_are_read(bytes in nearly_message_pack()) {
        let mut reader = Reader::new(&bytes);
        if let Some(value) = reader.skip() {
            prop_assert!(bytes.starts_with(value) && !value.is_empty());
            prop_assert_eq!(reader.is_empty(), value.len() == bytes.len());
        }
    }

    #[test]
    fn anything_is_written_without_panic_and_bounded(
        text in r#"[0-7]([0-9]-)?(/[a-z]{0,2},)?[0-9]{0,2}[\[{]?["\[\]{},:\\ud8-e.n0-9a-f ]{0,40}"#,
        attachments in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..5), 0..3),
    ) {
        let attachments: Vec<&[u8]> = attachments.iter().map(Vec::as_slice).collect();
        let frames = queued(&text, &attachments);
        let most = attachments.iter().map(|attachment| attachment.len() + 5).max().unwrap_or(0);
        prop_assert!(encode(&frames).len() <= 32 + 5 * frames.len() + most * text.len());
    }
}
