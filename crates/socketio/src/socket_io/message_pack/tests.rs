mod properties;

use bytes::Bytes;
use serde_json::{Value, json};

use super::*;
use crate::Binary;
use crate::socket_io::{Body, DecodeError, Limits, Packet, Refused};
use crate::websocket::{Frames, Opcode, frame, write_frame};

/// An event with one of every kind of value, as notepack.io 2.2 and 3.0 write it, and the same in JSON.
const EVERYTHING: &str = "\
    84a47479706502a464617461dc0024a161007fcc80ccffcd0100cdffffce00010000ceffffffffcf0000000100000000cf001fff\
    ffffffffffffe0d0dfd080d1ff7fd18000d2ffff7fffd280000000d3ffffffff7fffffffd3ffe0000000000001cb3fe000000000\
    0000cbbff4000000000000a0a9c3bce282acf09f9880a561225c0a01bf7878787878787878787878787878787878787878787878\
    7878787878787878d9207878787878787878787878787878787878787878787878787878787878787878c3c2c090809291019202\
    9103de0010a26b3000a26b3101a26b3202a26b3303a26b3404a26b3505a26b3606a26b3707a26b3808a26b3909a36b31300aa36b\
    31310ba36b31320ca36b31330da36b31340ea36b31350fdc001000000000000000000000000000000000a2696407a36e7370a22f\
    6e";
const EVERYTHING_IN_JSON: &str = r#"[0,127,128,255,256,65535,65536,4294967295,4294967296,9007199254740991,-1,-32,-33,-128,-129,-32768,-32769,-2147483648,-2147483649,-9007199254740991,0.5,-1.25,"","ü€😀","a\"\\\n\u0001","xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",true,false,null,[],{},[[1],[2,[3]]],{"k0":0,"k1":1,"k2":2,"k3":3,"k4":4,"k5":5,"k6":6,"k7":7,"k8":8,"k9":9,"k10":10,"k11":11,"k12":12,"k13":13,"k14":14,"k15":15},[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]]"#;

fn hex(text: &str) -> Bytes {
    let digits: Vec<u8> =
        text.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn read(bytes: &[u8]) -> Result<Packet, Refused> {
    decode(&Bytes::copy_from_slice(bytes), &Limits::default())
}

/// Name, arguments in JSON, attachments.
fn event_of(bytes: &[u8]) -> (String, String, Vec<Bytes>) {
    let Body::Event { name, arguments } = read(bytes).unwrap().body else { panic!("no event: {bytes:x?}") };
    (String::from_utf8(name.to_vec()).unwrap(), arguments.to_json(), arguments.attachments().to_vec())
}

/// An event `"a"` with one argument.
fn with_argument(argument: &[u8]) -> Vec<u8> {
    [b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa1a", argument].concat()
}

fn argument(argument: &[u8]) -> Result<String, Refused> {
    match read(&with_argument(argument))?.body {
        Body::Event { arguments, .. } => Ok(arguments.to_json()),
        body => panic!("no event: {body:?}"),
    }
}

/// As it is queued: text and attachments.
fn queued(text: &str, attachments: &[&[u8]]) -> Bytes {
    let mut frames = frame(Opcode::Text, format!("4{text}").as_bytes()).to_vec();
    attachments.iter().for_each(|attachment| write_frame(&mut frames, Opcode::Binary, attachment));
    frames.into()
}

fn encoded(frames: &Bytes) -> Bytes {
    let mut frames = Frames::new(encode(frames));
    let (Some((Opcode::Binary, packet)), None) = (frames.next(), frames.next()) else {
        panic!("not one binary frame")
    };
    packet
}

#[test]
fn packets_of_notepack_are_read() {
    let packet = read(&hex(EVERYTHING)).unwrap();
    assert_eq!((&packet.namespace[..], packet.id, packet.attachments), (&b"/n"[..], Some(7), 0));
    assert_eq!(event_of(&hex(EVERYTHING)), ("a".into(), EVERYTHING_IN_JSON.into(), vec![]));

    // {type: 2, data: ["b", <01 02 03>, {x: <>}, <04 05>], nsp: "/", options: {compress: true}}, of which the last
    // is an ArrayBuffer in version 2.
    for bytes in [
        "84a47479706502a46461746194a162c40301020381a178c400c702000405a36e7370a12fa76f7074696f6e7381a8636f6d7072657373c3",
        "84a47479706502a46461746194a162c40301020381a178c400c4020405a36e7370a12fa76f7074696f6e7381a8636f6d7072657373c3",
    ] {
        let placeholder = |number: u8| format!("{{\"_placeholder\":true,\"num\":{number}}}");
        let json = format!("[{},{{\"x\":{}}},{}]", placeholder(0), placeholder(1), placeholder(2));
        let attachments = [&[1, 2, 3][..], &[], &[4, 5]].map(Bytes::from_static).to_vec();
        assert_eq!(event_of(&hex(bytes)), ("b".into(), json, attachments));
    }
    // Dates.
    let dates = r#"["1970-01-01T00:00:00.000Z","2023-11-14T22:13:20.123Z","1969-12-31T23:59:59.999Z","+033658-09-27T01:46:40.000Z","2023-11-14T22:13:20.000Z"]"#;
    for bytes in [
        "83a47479706502a46461746196a164d7000000000000000000d7000000018bcfe5687bd700ffffffffffffffffd70000038d7ea4c68000d7000000018bcfe56800a36e7370a12f",
        "83a47479706502a46461746196a164d6ff00000000d7ff1d5353006553f100c70cff3b8b87c0ffffffffffffffffc70cff00000000000000e8d4a51000d6ff6553f100a36e7370a12f",
    ] {
        assert_eq!(event_of(&hex(bytes)), ("d".into(), dates.into(), vec![]));
    }
    // What JSON does not know.
    let undefined = "83a47479706502a46461746193a175d4000081a161d40000a36e7370a12f";
    assert_eq!(event_of(&hex(undefined)), ("u".into(), r#"[null,{"a":null}]"#.into(), vec![]));
    let no_numbers = "83a47479706502a46461746194a166cb7ff8000000000000cb7ff000000000000000a36e7370a12f";
    assert_eq!(event_of(&hex(no_numbers)), ("f".into(), "[null,null,0]".into(), vec![]));
}

#[test]
fn other_packets_of_notepack_are_read() {
    let body = |bytes: &str| read(&hex(bytes)).unwrap().body;
    assert_eq!(body("83a47479706500a464617461d40000a36e7370a12f"), Body::Connect(None));
    assert_eq!(body("82a47479706500a36e7370a12f"), Body::Connect(None));
    let auth = Body::Connect(Some(Bytes::from_static(br#"{"token":"t"}"#)));
    assert_eq!(body("83a47479706500a46461746181a5746f6b656ea174a36e7370a22f6e"), auth);
    assert_eq!(body("83a47479706501a36e7370a12fa76f7074696f6e7381a8636f6d7072657373c3"), Body::Disconnect);
    // As Python has it.
    assert_eq!(body("83a47479706501a464617461c0a36e7370a12f"), Body::Disconnect);
    let packet = read(&hex("84a47479706503a26964cd012ca46461746191a26f6ba36e7370a12f")).unwrap();
    assert_eq!(packet.id, Some(300));
    let Body::Ack(arguments) = packet.body else { panic!() };
    assert_eq!(arguments.all::<(String,)>(), Ok(("ok".into(),)));
    assert_eq!(read(b"\x83\xa4type\x04\xa3nsp\xa1/\xa4data\xa1e").unwrap().body, Body::ConnectError);
    assert_eq!(read(b"\x83\xa4type\x04\xa3nsp\xa1/\xa4data\x80").unwrap().body, Body::ConnectError);
}

#[test]
fn packets_are_written_as_notepack_writes_them() {
    let everything = format!("2/n,7[\"a\",{}", EVERYTHING_IN_JSON.strip_prefix('[').unwrap());
    assert_eq!(encoded(&queued(&everything, &[])), hex(EVERYTHING));
    for (text, bytes) in [
        ("3300[\"ok\"]", "84a26964cd012ca47479706503a46461746191a26f6ba36e7370a12f"),
        ("0/n,{\"sid\":\"s\"}", "83a47479706500a46461746181a3736964a173a36e7370a22f6e"),
        ("1", "82a47479706501a36e7370a12f"),
        ("4{\"message\":\"no\"}", "83a47479706504a46461746181a76d657373616765a26e6fa36e7370a12f"),
    ] {
        assert_eq!(encoded(&queued(text, &[])), hex(bytes), "{text}");
    }
    let binary = hex("83a47479706502a46461746193a162c40301020381a178c400a36e7370a12f");
    for text in [
        r#"52-["b",{"_placeholder":true,"num":0},{"x":{"_placeholder":true,"num":1}}]"#,
        r#"52-[ "b" , { "num" : 0 , "_placeholder" : true },{"x" :{"_placeholder": true,"num":1 } } ]"#,
    ] {
        assert_eq!(encoded(&queued(text, &[&[1, 2, 3], &[]])), binary, "{text}");
    }
}

/// What an argument of an event becomes.
fn written(json: &str) -> Vec<u8> {
    let packet = encoded(&queued(&format!("2[\"a\",{json}]"), &[]));
    let packet = packet.strip_prefix(b"\x83\xa4type\x02\xa4data\x92\xa1a").unwrap();
    packet.strip_suffix(b"\xa3nsp\xa1/").unwrap().to_vec()
}

#[test]
fn text_is_unescaped() {
    let text = |text: &str| [&[0xa0 | text.len() as u8], text.as_bytes()].concat();
    assert_eq!(written(r#""\u0041\u00fc\ud83d\ude00\uD83D\uDE00""#), text("Aü😀😀"));
    assert_eq!(written(r#""a\/\n\"\\\b\f\r\tü""#), text("a/\n\"\\\u{8}\u{c}\r\tü"));
    // Half of a pair is no character.
    assert_eq!(written(r#""\ud83dx\ude00\ud83d\ud83d\ude00""#), text("\u{fffd}x\u{fffd}\u{fffd}😀"));
    assert_eq!(written(r#""\ud83d\u0041""#), text("\u{fffd}A"));
    for (length, head) in [(255, &[0xd9, 255][..]), (256, &[0xda, 1, 0]), (70_000, &[0xdb, 0, 1, 0x11, 0x70])]
    {
        let long = "x".repeat(length);
        assert_eq!(written(&format!("\"{long}\"")), [head, long.as_bytes()].concat());
    }
}

#[test]
fn numbers_and_lists_take_the_least_room() {
    for (json, bytes) in [
        ("1.0", &[0x01][..]),
        ("-0", &[0x00]),
        ("-0.0", &[0x00]),
        ("1e2", &[0x64]),
        ("-2.5e1", &[0xe7]),
        ("18446744073709551615", &[0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("-9223372036854775808", &[0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        ("1e300", &[0xcb, 0x7e, 0x37, 0xe4, 0x3c, 0x88, 0x00, 0x75, 0x9c]),
        ("18446744073709551616", &[0xcb, 0x43, 0xf0, 0, 0, 0, 0, 0, 0]),
        ("1e999", &[0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0]),
    ] {
        assert_eq!(written(json), bytes, "{json}");
    }
    let list = |length: usize| format!("[{}0]", "0,".repeat(length - 1));
    assert_eq!(written(&list(15))[..2], [0x9f, 0]);
    assert_eq!(written(&list(16))[..4], [0xdc, 0, 16, 0]);
    assert_eq!(written(&list(65_536))[..6], [0xdd, 0, 1, 0, 0, 0]);
    // However deep.
    let deep = written(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
    assert_eq!(deep, [vec![0x91; 99_999], vec![0x90]].concat());
}

#[test]
fn only_placeholders_become_binary() {
    let placeholder = |number: u64| format!("{{\"_placeholder\":true,\"num\":{number}}}");
    let text = |json: &str, kind: &str| format!("{kind}[\"a\",{json}]");
    // In a packet without attachments it is a map like any other, and so it is if there is no such attachment.
    let map = [b"\x82\xac_placeholder\xc3\xa3num".as_slice(), &[0x01]].concat();
    assert_eq!(written(&placeholder(1)), map);
    let packet = encoded(&queued(&text(&placeholder(1), "51-"), &[b"one"]));
    assert!(packet.windows(map.len()).any(|window| window == map));
    for other in [
        r#"{"_placeholder":false,"num":0}"#,
        r#"{"_placeholder":true,"num":-1}"#,
        r#"{"_placeholder":true,"num":0,"more":1}"#,
        r#"{"_placeholder":true}"#,
        r#"{"num":0,"num":0}"#,
        r#"{"_placeholder":true,"_placeholder":true}"#,
        r#"{"_placeholder":true,"num":99999999999999999999}"#,
    ] {
        let packet = encoded(&queued(&text(other, "51-"), &[b"one"]));
        assert!(!packet.windows(3).any(|window| window == b"one"), "{other}");
    }
}

#[test]
fn what_is_no_packet_is_left_as_it_is() {
    for frames in [
        frame(Opcode::Text, b"2"),
        frame(Opcode::Text, b"0{\"sid\":\"a\"}"),
        frame(Opcode::Binary, b"42[]"),
        crate::websocket::close(1000, "42"),
        queued("7", &[]),
        queued("2[", &[]),
        queued("2]", &[]),
        queued("2[}", &[]),
        queued("2[1][2]", &[]),
        queued("2[\"a]", &[]),
        queued("2[\"\\u00g0\"]", &[]),
        queued("2{\"a\"}", &[]),
        queued("2[tru]", &[]),
        queued("2[--]", &[]),
        queued("2[?]", &[]),
        Bytes::new(),
    ] {
        assert_eq!(encode(&frames), frames);
    }
}

#[test]
fn what_is_no_packet_is_refused() {
    let refused = |error: DecodeError| Err(Refused::from(error));
    for (bytes, error) in [
        (&b""[..], DecodeError::MessagePack),
        (b"\xc0", DecodeError::MessagePack),
        (b"\x90", DecodeError::MessagePack),
        (b"\x80\x00", DecodeError::MessagePack),
        (b"\x81\xa4type", DecodeError::MessagePack),
        (b"\xdf\xff\xff\xff\xff\xa1a\x00", DecodeError::MessagePack),
        (b"\x81\xa1a\xc1", DecodeError::MessagePack),
        (b"\x80", DecodeError::Type),
        (b"\x82\xa4type\xc0\xa3nsp\xa1/", DecodeError::Type),
        (b"\x82\xa4type\xa12\xa3nsp\xa1/", DecodeError::Type),
        (b"\x82\xa4type\xff\xa3nsp\xa1/", DecodeError::Type),
        (b"\x82\xa4type\x07\xa3nsp\xa1/", DecodeError::Type),
        (b"\x81\xa4type\x00", DecodeError::Namespace),
        (b"\x82\xa4type\x00\xa3nsp\x01", DecodeError::Namespace),
        (b"\x82\xa4type\x00\xa3nsp\xa0", DecodeError::Namespace),
        (b"\x82\xa4type\x00\xa3nsp\xa1n", DecodeError::Namespace),
        (b"\x82\xa4type\x00\xa3nsp\xa3/,n", DecodeError::Namespace),
        (b"\x82\xa4type\x00\xa3nsp\xa2/\xff", DecodeError::Namespace),
        (b"\x83\xa4type\x00\xa3nsp\xa1/\xa4data\x90", DecodeError::Payload),
        (b"\x83\xa4type\x00\xa3nsp\xa1/\xa4data\x81\xa1a\xc4\x00", DecodeError::Payload),
        (b"\x83\xa4type\x01\xa3nsp\xa1/\xa4data\x80", DecodeError::Payload),
        (b"\x82\xa4type\x02\xa3nsp\xa1/", DecodeError::Payload),
        (b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x80", DecodeError::Payload),
        (b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x90", DecodeError::Payload),
        (b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x91\xc0", DecodeError::Payload),
        (b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x91\xa7connect", DecodeError::Payload),
        (b"\x84\xa4type\x02\xa3nsp\xa1/\xa4data\x91\xa1a\xa2id\xa11", DecodeError::Id),
        (b"\x84\xa4type\x02\xa3nsp\xa1/\xa4data\x91\xa1a\xa2id\xff", DecodeError::Id),
        (b"\x83\xa4type\x03\xa3nsp\xa1/\xa4data\x90", DecodeError::Id),
        (b"\x83\xa4type\x03\xa3nsp\xa1/\xa2id\x01", DecodeError::Payload),
        (b"\x82\xa4type\x04\xa3nsp\xa1/", DecodeError::Payload),
    ] {
        assert_eq!(read(bytes), refused(error), "{}", bytes.escape_ascii());
    }
    for bad in [
        &b"\xa2\xff\xff"[..],
        b"\xd5\x00ab",
        b"\xd4\x05a",
        b"\xc7\x02\xffab",
        b"\x81\x90\x00",
        b"\x81\xc4\x00\x00",
    ] {
        assert_eq!(argument(bad), Err(DecodeError::MessagePack.into()), "{bad:x?}");
    }
}

#[test]
fn fields_may_be_strange() {
    // Several times, of which the last one counts; unknown; whole in JavaScript although a float; type 5.
    let packet =
        b"\x89\xa4type\x00\xa1x\x91\xc7\x01\x09\x09\x90\x00\xc0\x01\xa2id\xa1x\xa2id\xca\x40\x00\x00\x00\
        \xa4type\xcb\x40\x14\x00\x00\x00\x00\x00\x00\xa3nsp\xd9\x02/n\xa4data\x91\x03";
    let packet = read(packet).unwrap();
    assert_eq!((&packet.namespace[..], packet.id), (&b"/n"[..], Some(2)));
    assert!(matches!(packet.body, Body::Event { name, .. } if name == "3"));
    assert!(matches!(
        read(b"\x84\xa4type\x06\xa3nsp\xa1/\xa4data\x90\xa2id\x00").unwrap().body,
        Body::Ack(_)
    ));
    let keys = b"\x87\xc0\x01\xc3\x02\x05\x03\xff\x04\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00\x05\xa1\"\x06\xd1\xff\x00\x07";
    let json = r#"[{"null":1,"true":2,"5":3,"-1":4,"1.5":5,"\"":6,"-256":7}]"#;
    assert_eq!(argument(keys).unwrap(), json);
}

#[test]
fn dates_are_those_of_javascript() {
    for (milliseconds, date) in [
        (0, "\"1970-01-01T00:00:00.000Z\""),
        (-1, "\"1969-12-31T23:59:59.999Z\""),
        (-62_198_755_200_000, "\"-000001-01-01T00:00:00.000Z\""),
        (951_782_400_000, "\"2000-02-29T00:00:00.000Z\""),
        (1_709_164_800_000, "\"2024-02-29T00:00:00.000Z\""),
        (253_402_300_800_000, "\"+010000-01-01T00:00:00.000Z\""),
        (-62_167_219_200_001, "\"-000001-12-31T23:59:59.999Z\""),
        (8_640_000_000_000_000, "\"+275760-09-13T00:00:00.000Z\""),
        (-8_640_000_000_000_000, "\"-271821-04-20T00:00:00.000Z\""),
        (8_640_000_000_000_001, "null"),
        (i64::MIN, "null"),
    ] {
        let bytes = [&[0xd7, 0x00][..], &milliseconds.to_be_bytes()].concat();
        assert_eq!(argument(&bytes).unwrap(), format!("[{date}]"), "{milliseconds}");
    }
    let widest = [&[0xc7, 12, 0xff][..], &[0xff; 4], &i64::MIN.to_be_bytes()].concat();
    assert_eq!(argument(&widest).unwrap(), "[null]");
    // Also where the length is not fixed.
    assert_eq!(argument(b"\xc7\x04\xff\x00\x00\x00\x01").unwrap(), "[\"1970-01-01T00:00:01.000Z\"]");
}

#[test]
fn limits_are_kept() {
    let limits = Limits { depth: 3, attachments: 2, attachment_bytes: 4 };
    let read = |argument: &[u8]| decode(&with_argument(argument).into(), &limits).map(|packet| packet.body);
    assert!(read(b"\x91\x91\x00").is_ok());
    let too_deep = DecodeError::TooDeep { namespace: "/".into(), id: None };
    assert_eq!(read(b"\x91\x91\x90"), Err(too_deep.into()));
    assert!(read(b"\x92\xc4\x02ab\xc4\x02cd").is_ok());
    assert_eq!(read(b"\x92\xc4\x02ab\xc4\x03cde"), Err(Refused::TooLarge));
    assert_eq!(read(b"\x93\xc4\x00\xc4\x00\xc4\x00"), Err(DecodeError::TooManyAttachments.into()));
    // Told with the acknowledgement that comes after what is too deep, however deep that is.
    let deep =
        [b"\x84\xa4type\x02\xa4data\x92\xa1a".as_slice(), &[0x91; 1_000_000], b"\xc0\xa3nsp\xa2/n\xa2id\x05"];
    let limits = Limits { depth: u32::MAX, ..limits };
    let too_deep = DecodeError::TooDeep { namespace: "/n".into(), id: Some(5) };
    assert_eq!(decode(&deep.concat().into(), &limits), Err(too_deep.into()));
}

#[test]
fn nobody_else_makes_placeholders() {
    let lookalike = b"\x82\xac_placeholder\xc3\xa3num\x00";
    // Alone it is a map, to which no attachment belongs.
    let packet = read(&with_argument(lookalike)).unwrap();
    let Body::Event { arguments, .. } = packet.body else { panic!() };
    assert_eq!(arguments.first::<Value>(), Ok(json!({ "_placeholder": true, "num": 0 })));
    assert!(arguments.first::<Binary>().is_err());
    // Beside binary it would be taken for it, in whatever order they come.
    for argument in
        [[&b"\x92"[..], lookalike, b"\xc4\x01a"].concat(), [b"\x92\xc4\x01a", &lookalike[..]].concat()]
    {
        assert_eq!(read(&with_argument(&argument)), Err(DecodeError::Payload.into()));
    }
    assert!(read(&with_argument(b"\x92\xc4\x01a\x81\xac_placeholder\xc2")).is_ok());
}

/// What waits for its turn should not keep more than it counts for.
#[test]
fn a_packet_keeps_no_message_that_is_much_larger() {
    let event = hex("84a47479706502a36e7370a12fa46461746192a161c40101a5696e76616c");
    for (padding, kept) in [(10_000, false), (1, true)] {
        // {"type": 2, "nsp": "/", "data": ["a", <01>], "inval": "…"}
        let text =
            [&[0xda][..], &u16::try_from(padding).unwrap().to_be_bytes(), &vec![b'x'; padding]].concat();
        let mut message = event.to_vec();
        message.extend(text);
        let attachment = if kept { vec![7; 2_000] } else { vec![7; 20] };
        let place = message.windows(3).position(|window| window == [0xc4, 1, 1]).unwrap();
        let length = u16::try_from(attachment.len()).unwrap().to_be_bytes();
        message.splice(place..place + 3, [&[0xc5], &length[..], &attachment].concat());
        let message = Bytes::from(message);
        let packet = decode(&message, &Limits::default()).unwrap();
        let Body::Event { arguments, .. } = &packet.body else { panic!("{packet:?}") };
        assert_eq!(arguments.attachments(), [attachment]);
        assert_eq!(message.is_unique(), !kept, "{padding}");
    }
}

#[test]
fn values_that_are_no_packets_are_translated_both_ways() {
    // [255, {"a": <two bytes>}, "ü"], as notepack.io 3.0 writes it.
    let bytes = hex("93ccff81a161c4020102a2c3bc");
    let (json, attachments) = to_json(&bytes, &Limits::default()).unwrap();
    assert_eq!(json, r#"[255,{"a":{"_placeholder":true,"num":0}},"ü"]"#);
    assert_eq!(attachments, [&[1, 2][..]]);
    assert_eq!(from_json(&json, &attachments).unwrap(), bytes);
    for wrong in ["", "93ccff", "c0c0", "c1"] {
        assert_eq!(to_json(&hex(wrong), &Limits::default()), Err(DecodeError::MessagePack.into()), "{wrong}");
    }
    let limits = Limits { depth: 2, attachments: 0, attachment_bytes: 0 };
    assert!(to_json(&hex("9190"), &limits).is_ok());
    assert_eq!(to_json(&hex("919190"), &limits), Err(DecodeError::Payload.into()), "too deep");
    assert_eq!(to_json(&hex("c400"), &limits), Err(DecodeError::TooManyAttachments.into()));
    for wrong in ["", "[", "[1", "1 2", "{1}", "x"] {
        assert_eq!(from_json(wrong.as_bytes(), &[]), None, "{wrong}");
    }
}
