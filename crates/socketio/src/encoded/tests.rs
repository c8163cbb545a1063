use super::*;
use crate::engine_io::Protocol;

/// Whoever takes the same form is sent the same bytes, which nobody makes twice.
#[test]
fn each_form_is_made_once() {
    let packet = Encoded::event("/", "news", &"compressible ".repeat(100)).unwrap();
    let mut dialects = Vec::new();
    for (protocol, base64) in [(Protocol::V4, false), (Protocol::V3, false), (Protocol::V3, true)] {
        for message_pack in [false, true] {
            for compress in [None, Some(100)] {
                dialects.push(Dialect { message_pack, compress, ..Dialect::new(protocol, base64) });
            }
        }
    }
    assert_eq!(dialects.len(), Dialect::FORMS);
    let made: Vec<Bytes> = dialects.iter().map(|dialect| packet.frames(*dialect)).collect();
    let again: Vec<Bytes> = dialects.iter().map(|dialect| packet.clone().frames(*dialect)).collect();
    for ((made, again), dialect) in made.iter().zip(&again).zip(&dialects) {
        assert_eq!(made.as_ptr(), again.as_ptr(), "{dialect:?}");
        assert_eq!(*made, dialect.write(&packet.canonical()), "and it is the right one: {dialect:?}");
    }
}
