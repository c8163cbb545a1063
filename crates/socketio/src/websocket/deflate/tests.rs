use bytes::Bytes;
use http::header::SEC_WEBSOCKET_EXTENSIONS;
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;

use super::*;
use crate::websocket::tests::{decode, masked};
use crate::websocket::{Decoder, Error, Message, Opcode, frame, write_frame};

/// RFC 7692, section 7.2.3.1.
const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

/// What node's zlib makes of twelve objects in JSON.
const FROM_ZLIB: &str = "74d0310e40300005d0abc89f0d4aabe52a626cec4522118963d85cc4e6428e60942ff9fb9b5eb7621e63428bb940\
    8e292e135a0ce9beee3366cf79ec59812dff9411ca902a852a49554255a4ac50969413ca91aa85aa4979a13ca9205420d508d5f0aaca37bf7dd9\
    6fb0f52f00";

fn inflate(payload: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    super::inflate(payload.into(), limit)
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.bytes().filter(u8::is_ascii_hexdigit).map(|d| (d as char).to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn offered(offers: &[&'static str]) -> Option<String> {
    let mut headers = HeaderMap::new();
    for offer in offers {
        headers.append(SEC_WEBSOCKET_EXTENSIONS, HeaderValue::from_static(offer));
    }
    negotiate(&headers).map(|answer| answer.to_str().unwrap().to_owned())
}

const PLAIN: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
const WINDOW: &str =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15";

#[test]
fn the_first_acceptable_offer_is_taken() {
    for (offers, answer) in [
        // Section 7.1.3.
        (&["permessage-deflate"][..], PLAIN),
        (
            &[
                "permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate; client_max_window_bits",
            ],
            PLAIN,
        ),
        // As Chromium, Firefox and node's ws write it.
        (&["permessage-deflate; client_max_window_bits"], PLAIN),
        (&["permessage-deflate"], PLAIN),
        (
            &[
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=10",
            ],
            PLAIN,
        ),
        (&["permessage-deflate;server_max_window_bits=15"], WINDOW),
        (&["permessage-deflate; server_max_window_bits=\"15\""], WINDOW),
        (&["permessage-deflate; server_max_window_bits=8", "permessage-deflate"], PLAIN),
        (
            &["x-other; a=\"b,permessage-deflate\\\",\", , permessage-deflate; server_max_window_bits=15"],
            WINDOW,
        ),
        (
            &[
                "permessage-deflate; nonsense, permessage-deflate; server_max_window_bits=15, permessage-deflate",
            ],
            WINDOW,
        ),
    ] {
        assert_eq!(offered(offers).as_deref(), Some(answer), "{offers:?}");
    }
}

#[test]
fn offers_that_are_not_understood_are_declined() {
    for offer in [
        "",
        "permessage-bzip2",
        "x-webkit-deflate-frame",
        "permessage-deflate; server_max_window_bits=14",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=",
        "permessage-deflate; server_max_window_bits=015",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=15; server_max_window_bits=15",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=16",
        "permessage-deflate; client_max_window_bits=",
        "permessage-deflate; client_max_window_bits=\"",
        "permessage-deflate; client_max_window_bits; client_max_window_bits",
        "permessage-deflate; client_no_context_takeover=1",
        "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
        "permessage-deflate; server_no_context_takeover=",
        "permessage-deflate; unknown",
        "permessage-deflate;",
        "permessage-deflate;;client_max_window_bits",
        "permessage-deflate; client_max_window_bits = 10",
        "permessage-deflate; a=\"unfinished, permessage-deflate",
    ] {
        assert_eq!(offered(&[offer]), None, "{offer}");
    }
    assert_eq!(offered(&[]), None);
}

#[test]
fn messages_of_the_specification_are_inflated() {
    for payload in [
        // Section 7.2.3: one block, none compressed, a final block, two blocks.
        &HELLO[..],
        &[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00],
        &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00],
        &[0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00],
        // A block that is marked as final and stored, and one more.
        &[0x01, 0x04, 0x00, 0xfb, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0xca, 0x07, 0x00],
    ] {
        assert_eq!(inflate(payload, 5).as_deref(), Ok(&b"Hello"[..]), "{payload:x?}");
        assert_eq!(inflate(payload, 4), Err(Error::TooLarge), "{payload:x?}");
    }
    // An empty one, in its proper form and in another.
    assert_eq!(inflate(&[0x00], 0).as_deref(), Ok(&b""[..]));
    assert_eq!(inflate(&[], 0).as_deref(), Ok(&b""[..]));
    let text = inflate(&hex(FROM_ZLIB), 1000).unwrap();
    assert!(text.starts_with("[{\"user\":\"u0\",\"text\":\"grüße 😀 0\"},".as_bytes()) && text.len() == 461);
}

#[test]
fn what_is_malformed_is_not_inflated() {
    // The second message of section 7.2.3.2 refers to the first one.
    assert_eq!(inflate(&[0xf2, 0x00, 0x11, 0x00, 0x00], 100), Err(Error::Deflate));
    // Cut off at every place.
    let whole = hex(FROM_ZLIB);
    for end in 1..whole.len() {
        assert_eq!(inflate(&whole[..end], 1000), Err(Error::Deflate), "{end}");
    }
    // The reserved type of block.
    assert_eq!(inflate(&[0x06, 0x00], 100), Err(Error::Deflate));
}

#[test]
fn a_bomb_of_empty_blocks_is_refused() {
    let empty = |block: &[u8], times: usize| inflate(&[&block.repeat(times), &[0][..]].concat(), 10);
    // A final block, a stored one, and four that take ten bits each.
    for block in [&[0x03, 0x00][..], &[0x00, 0x00, 0x00, 0xff, 0xff], &[0x02, 0x08, 0x20, 0x80, 0x00]] {
        assert_eq!(empty(block, 7), Ok(Vec::new()), "{block:x?}");
        assert_eq!(empty(block, 10_000), Err(Error::Deflate), "{block:x?}");
    }
}

#[test]
fn a_bomb_is_left_at_the_limit() {
    let bomb = compress(&frame(Opcode::Text, &vec![b'a'; 5_000_000]), 0);
    let bomb = bomb.slice(4..);
    assert!(bomb.len() < 6_000);
    for limit in [0, 1, 999, 1_000_000] {
        assert_eq!(inflate(&bomb, limit), Err(Error::TooLarge));
    }
}

#[test]
fn compressed_frames_are_read_where_that_was_agreed() {
    let compressed =
        |fin: bool, opcode: u8, payload: &[u8]| masked(fin, opcode | 0x40, payload, [1, 2, 3, 4]);
    let plain = |fin: bool, opcode: u8, payload: &[u8]| masked(fin, opcode, payload, [1, 2, 3, 4]);
    let read = |frames: &[Vec<u8>]| decode(&mut Decoder::with_deflate(5), &frames.concat(), &[3; 20]);
    let hello = || Ok(vec![Message::Text("Hello".into())]);
    assert_eq!(read(&[compressed(true, 1, &HELLO)]), hello());
    assert_eq!(read(&[plain(true, 1, b"Hello")]), hello());
    assert_eq!(read(&[compressed(true, 2, &HELLO)]), Ok(vec![Message::Binary("Hello".into())]));
    // In parts (section 7.2.3.1), of which only the first says that it is compressed.
    assert_eq!(read(&[compressed(false, 1, &HELLO[..3]), plain(true, 0, &HELLO[3..])]), hello());
    let between = [compressed(false, 1, &HELLO[..3]), plain(true, 9, b""), plain(true, 0, &HELLO[3..])];
    assert_eq!(read(&between).map(|messages| messages.len()), Ok(2));
    assert_eq!(read(&[compressed(false, 1, &HELLO), compressed(true, 0, b"")]), Err(Error::Protocol));
    assert_eq!(read(&[compressed(true, 9, b"")]), Err(Error::Protocol));
    assert_eq!(read(&[compressed(true, 8, b"")]), Err(Error::Protocol));
    assert_eq!(read(&[masked(true, 0x21, b"a", [0; 4])]), Err(Error::Protocol));
    assert_eq!(decode(&mut Decoder::new(5), &compressed(true, 1, &HELLO), &[]), Err(Error::Protocol));
    // The limit holds for what it inflates to, and text is checked after that.
    let long = compress(&frame(Opcode::Text, &[b'a'; 100]), 0);
    assert_eq!(read(&[compressed(true, 1, &long[2..])]), Err(Error::TooLarge));
    let not_text = [0x00, 0x01, 0x00, 0xfe, 0xff, 0xff, 0x00];
    assert_eq!(read(&[compressed(true, 1, &not_text)]), Err(Error::Utf8));
    assert_eq!(
        read(&[compressed(true, 2, &not_text)]),
        Ok(vec![Message::Binary(Bytes::from_static(&[0xff]))])
    );
    assert_eq!(read(&[compressed(true, 1, b"Hello")]), Err(Error::Deflate));
    assert_eq!(Error::Deflate.code(), 1007);
}

#[test]
fn what_does_not_compress_may_be_as_long_as_the_limit() {
    // Noise, as a client's compressor stores it.
    let mut state = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(100_000)
    .collect();
    let mut stored = Vec::new();
    for chunk in noise.chunks(16_000) {
        stored.push(0);
        stored.extend((chunk.len() as u16).to_le_bytes());
        stored.extend((!(chunk.len() as u16)).to_le_bytes());
        stored.extend(chunk);
    }
    stored.push(0);
    let frame = masked(true, 0x42, &stored, [7; 4]);
    let read = decode(&mut Decoder::with_deflate(100_000), &frame, &[]);
    assert_eq!(read, Ok(vec![Message::Binary(noise.into())]));
    assert_eq!(decode(&mut Decoder::with_deflate(99_999), &frame, &[]), Err(Error::TooLarge));
    // Longer than that nothing is waited for.
    let announced = masked(true, 0x42, &[0; 165], [7; 4]);
    assert_eq!(decode(&mut Decoder::with_deflate(100), &announced[..8], &[]), Err(Error::TooLarge));
}

#[test]
fn only_frames_that_become_shorter_are_compressed() {
    let long = "a".repeat(100);
    let frames = Bytes::from(
        [
            frame(Opcode::Text, b"42[\"short\"]"),
            frame(Opcode::Text, long.as_bytes()),
            frame(Opcode::Binary, &[7; 64]),
            crate::websocket::close(1000, &long),
        ]
        .concat(),
    );
    let compressed = compress(&frames, 64);
    assert_eq!(compressed[..13], frames[..13]);
    assert_eq!(compressed[13], 0xc1);
    assert!(compressed.ends_with(&crate::websocket::close(1000, &long)));
    assert!(compressed.len() < frames.len() - 100);
    // Whoever walks over frames does not take compressed ones for what they are not.
    assert_eq!(Frames::new(compressed).count(), 1);
    for (frames, threshold) in [
        (frames, 101),
        (frame(Opcode::Text, b"0123456789"), 0),
        (frame(Opcode::Binary, b""), 0),
        (crate::websocket::close(1000, &long), 0),
    ] {
        let same = compress(&frames, threshold);
        assert_eq!(same.as_ptr(), frames.as_ptr());
        assert_eq!(same, frames);
    }
}

#[test]
fn a_decoder_stays_small() {
    assert!(size_of::<Decoder>() <= 88, "{}", size_of::<Decoder>());
}

/// The frames as a client would send them: masked with zeros.
fn as_client(frames: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = frames;
    while let [first, second, ..] = *rest {
        let (header, length) = match second {
            126 => (4, usize::from(u16::from_be_bytes([rest[2], rest[3]]))),
            127 => (10, u64::from_be_bytes(rest[2..10].try_into().unwrap()) as usize),
            short => (2, usize::from(short)),
        };
        out.push(first);
        out.push(second | 0x80);
        out.extend(&rest[2..header]);
        out.extend([0; 4]);
        out.extend(&rest[header..header + length]);
        rest = &rest[header + length..];
    }
    out
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..2000),
        "(hello|😀|[a-c]){0,400}".prop_map(String::into_bytes),
        (any::<u8>(), 0_usize..200_000).prop_map(|(byte, length)| vec![byte; length]),
    ]
}

proptest! {
    #[test]
    fn what_is_compressed_is_read_back(
        payloads in proptest::collection::vec(payload(), 0..4),
        threshold in 0_usize..300,
    ) {
        let mut frames = Vec::new();
        for payload in &payloads {
            write_frame(&mut frames, Opcode::Binary, payload);
        }
        let compressed = compress(&frames.clone().into(), threshold);
        prop_assert!(compressed.len() <= frames.len());
        let read = decode(&mut Decoder::with_deflate(200_000), &as_client(&compressed), &[]);
        let written = payloads.into_iter().map(|payload| Message::Binary(payload.into())).collect();
        prop_assert_eq!(read, Ok(written));
    }

    #[test]
    fn anything_is_inflated_without_panic_and_within_the_limit(
        payload in proptest::collection::vec(any::<u8>(), 0..200),
        limit in 0_usize..100,
    ) {
        if let Ok(inflated) = inflate(&payload, limit) {
            prop_assert!(inflated.len() <= limit && inflated.capacity() <= limit.max(256));
        }
    }

    #[test]
    fn the_limit_is_exact(payload in payload()) {
        let mut compressor = new_compressor();
        if let Some(deflated) = deflate(&mut compressor, &payload) {
            let read = inflate(&deflated, payload.len());
            prop_assert!(read.as_ref().is_ok_and(|read| read.capacity() <= payload.len()));
            prop_assert_eq!(read.unwrap(), &payload[..]);
            prop_assert_eq!(inflate(&deflated, payload.len() - 1), Err(Error::TooLarge));
        }
    }

    #[test]
    fn what_nearly_is_compressed_is_inflated_without_panic(
        payload in payload(),
        place: prop::sample::Index,
        byte: u8,
    ) {
        let compressed = compress(&frame(Opcode::Binary, &payload), 0);
        let mut compressed = compressed.to_vec();
        let place = place.index(compressed.len());
        compressed[place] = byte;
        let _ = inflate(&compressed, 100_000);
        let _ = decode(&mut Decoder::with_deflate(100_000), &as_client_lenient(&compressed), &[]);
    }

    #[test]
    fn any_offer_is_read_without_panic(offer in "(permessage-deflate|[;, =\"\\\\]|[a-z_]{1,8}|1[0-9]){0,20}") {
        let mut headers = HeaderMap::new();
        headers.insert(SEC_WEBSOCKET_EXTENSIONS, HeaderValue::from_str(&offer).unwrap());
        let _ = negotiate(&headers);
    }
}

/// A frame whose bytes may be wrong, masked as far as that can be done.
fn as_client_lenient(frame: &[u8]) -> Vec<u8> {
    let mut out = frame.to_vec();
    if let Some(second) = out.get_mut(1) {
        *second |= 0x80;
    }
    out
}
