//! The codecs: what reading takes, from what is right, nearly right and made up.

use bytes::Bytes;
use chinwag_socketio::engine_io::{decode_payload, jsonp, protocol_3};
use chinwag_socketio::socket_io::{Assembler, Limits, message_pack};
use chinwag_socketio::websocket::Decoder;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::{ALLOCATOR, alone};

/// What may be sent at once.
const MOST: usize = 1_000_000;

/// For what does not grow with the input, such as errors.
const FIXED: usize = 4096;

/// What inflating a message takes for a moment, for each byte of the shortest frame that has one.
const INFLATING: usize = 11 * 1024 / 7;

/// What is inflated may be a thousand times as long, and no longer than a message may be.
const INFLATED: usize = 1_100;

/// Reads the input in one way, and how many times its length that may allocate in all, freed again or not.
type Reader = (&'static str, fn(Bytes), fn(usize) -> usize);

const READERS: [Reader; 9] = [
    (
        "polling payload",
        |input| decode_payload(input).into_iter().flatten().for_each(drop),
        |length| 4 * length,
    ),
    (
        "text payload of protocol 3",
        |input| protocol_3::decode_text_payload(input).into_iter().flatten().for_each(drop),
        |length| 4 * length,
    ),
    (
        "binary payload of protocol 3",
        |input| protocol_3::decode_binary_payload(input).into_iter().flatten().for_each(drop),
        |length| 4 * length,
    ),
    ("form of JSONP", |input| drop(jsonp::form(&input)), |length| 24 * length),
    (
        "packet in JSON",
        |input| {
            if std::str::from_utf8(&input).is_ok() {
                let mut assembler = Assembler::default();
                let _ = assembler.text(&input, &Limits::default());
                let _ = assembler.binary(Bytes::from_static(b"attachment"), &Limits::default());
            }
        },
        |length| 4 * length,
    ),
    (
        "packet in MessagePack",
        |input| drop(message_pack::decode(&input, &Limits::default())),
        |length| 24 * length,
    ),
    ("WebSocket", |input| read(Decoder::new(MOST), &input), |length| 4 * length),
    (
        "compressed WebSocket",
        |input| read(Decoder::with_deflate(MOST), &input),
        |length| 4 * length + INFLATING * (length + 7) + (2 * INFLATED * length).min(4 * MOST),
    ),
    // What comes in pieces is put together.
    (
        "WebSocket, byte by byte",
        |input| {
            let mut decoder = Decoder::new(MOST);
            for byte in input.chunks(1) {
                if decoder.decode(&mut &*byte).is_err() {
                    return;
                }
            }
        },
        |length| 4 * length,
    ),
];

fn read(mut decoder: Decoder, mut input: &[u8]) {
    while let Ok(Some(message)) = decoder.decode(&mut input) {
        drop(message);
    }
}

/// Reads it in every way, and returns in which it took too much.
fn too_much(input: &[u8]) -> Vec<String> {
    let take = |(name, read, most): &Reader| {
        let most = FIXED + most(input.len());
        let measure = || {
            let bytes = Bytes::copy_from_slice(input);
            let before = ALLOCATOR.total_allocated();
            read(bytes);
            ALLOCATOR.total_allocated() - before
        };
        // Whoever runs the tests may have written something meanwhile, but not each time.
        let took = (0..5).map(|_| measure()).find(|took| *took <= most).unwrap_or_else(measure);
        (took > most).then(|| format!("{name}: {took} bytes for {}, not {most}", input.len()))
    };
    READERS.iter().filter_map(take).collect()
}

/// A frame of a client's, masked with zeros.
fn masked(first: u8, length: u64, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first, 0xff];
    frame.extend(length.to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

#[test]
fn what_is_announced_takes_nothing() {
    alone(read_what_is_announced);
}

fn read_what_is_announced() {
    let mut inputs: Vec<Vec<u8>> = vec![
        b"51000000000-[\"n\"]".into(),
        b"59-[\"n\",{\"_placeholder\":true,\"num\":0}]".into(),
        b"9999999999:4hello".into(),
        [&[0][..], &[9; 10], &[255], b"4hello"].concat(),
        [&[1][..], &[9; 10], &[255], b"4hello"].concat(),
        masked(0x82, 999_999, b"hello"),
        masked(0x82, u64::MAX >> 1, b"hello"),
        masked(0xc2, 999_999, b"hello"),
    ];
    // Fifty million bytes in fifty thousand.
    let bomb = miniz_oxide::deflate::compress_to_vec(&vec![b'x'; 50_000_000], 9);
    inputs.push(masked(0xc1, bomb.len() as u64, &bomb));
    // Lists, maps, texts and bytes of MessagePack that would have four thousand million elements.
    for announced in [0xdd, 0xdf, 0xdb, 0xc6, 0xc9] {
        let event =
            [&[0x83, 0xa4][..], b"type", &[2, 0xa3], b"nsp", &[0xa1], b"/", &[0xa4], b"data"].concat();
        inputs.push([&event[..], &[announced, 255, 255, 255, 255, 0]].concat());
    }
    for input in inputs {
        let found = too_much(&input);
        assert!(found.is_empty(), "{}: {found:?}", String::from_utf8_lossy(&input));
    }
}

#[test]
fn what_is_large_takes_a_few_times_its_size() {
    alone(read_what_is_large);
}

fn read_what_is_large() {
    let repeated = |part: &str| part.repeat(300_000 / part.len());
    let list = |part: &str| format!("2[\"n\",{}1]", repeated(part)).into_bytes();
    let packed = |part: &[u8]| {
        let data: Vec<u8> = part.iter().copied().cycle().take(300_000).collect();
        let mut packet =
            [&[0x83, 0xa4][..], b"type", &[2, 0xa3], b"nsp", &[0xa1], b"/", &[0xa4], b"data"].concat();
        let length = u32::try_from(data.len() / part.len() + 1).unwrap();
        packet.push(0xdd);
        packet.extend(length.to_be_bytes());
        packet.extend([0xa1, b'n']);
        packet.extend(&data[..data.len() / part.len() * part.len()]);
        packet
    };
    let inputs: Vec<Vec<u8>> = vec![
        repeated("6\u{1e}").into(),
        repeated("4\u{1e}").into(),
        repeated("b\u{1e}").into(),
        repeated("bAAAA\u{1e}").into(),
        repeated("1:6").into(),
        repeated("3:4é").into(),
        repeated("%41").into(),
        format!("d={}", repeated("%5C%75")).into(),
        [0, 1, 255, b'6'].repeat(70_000),
        list("[],"),
        list("{},"),
        list("1,"),
        list("\"\\u0041\","),
        list("{\"_placeholder\":true,\"num\":0},"),
        format!("2[{}", repeated("[")).into(),
        packed(&[0xc0]),
        packed(&[0x90]),
        packed(&[0x80]),
        packed(&[0xa0]),
        packed(&[0xc4, 0]),
        packed(&[0xcb, 0x7f, 0xef, 255, 255, 255, 255, 255, 255]),
        masked(0x82, 300_000, &[7; 300_000]),
        // A fragment after the other.
        [&masked(0x02, 0, b"")[..], &masked(0x00, 1, b"x").repeat(20_000)].concat(),
        // Control frames, and compressed messages of nothing.
        masked(0x89, 0, b"").iter().copied().cycle().take(280_000).collect(),
        [0xc2, 0x81, 0, 0, 0, 0, 0].repeat(40_000),
    ];
    for input in inputs {
        let start = String::from_utf8_lossy(&input[..input.len().min(60)]).into_owned();
        let found = too_much(&input);
        assert!(found.is_empty(), "{start}: {found:?}");
    }
}

#[test]
fn whatever_is_made_up_takes_a_few_times_its_size() {
    alone(read_what_is_made_up);
}

fn read_what_is_made_up() {
    let piece = prop_oneof![
        any::<Vec<u8>>(),
        "[0-7]{1,2}(/[a-z]{0,3},)?[0-9]{0,3}\\[\"[a-z]{0,9}\"(,[0-9{}\\[\\]\":,a-z]{0,40})?\\]?"
            .prop_map(String::into_bytes),
        "[0-9]{1,3}:[0-6b].{0,20}".prop_map(String::into_bytes),
        proptest::collection::vec(
            prop_oneof![Just(0x80_u8), Just(0xc2), Just(0x82), Just(0xdd), any::<u8>()],
            0..40
        ),
    ];
    let inputs = proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat());
    let mut runner = TestRunner::new(ProptestConfig { cases: 500, ..ProptestConfig::default() });
    runner
        .run(&inputs, |input| {
            let found = too_much(&input);
            prop_assert!(found.is_empty(), "{found:?}");
            Ok(())
        })
        .unwrap();
}
