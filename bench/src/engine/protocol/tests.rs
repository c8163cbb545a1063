use super::*;

fn unmasked(frame: &[u8]) -> Vec<u8> {
    let start = if frame[1] == 0x80 | 126 { 4 } else { 2 };
    let (mask, payload) = frame[start..].split_at(4);
    payload.iter().enumerate().map(|(place, byte)| byte ^ mask[place % 4]).collect()
}

#[test]
fn what_was_said_is_what_is_heard() {
    let mut frame = Vec::new();
    post(&mut frame, 123, 4_567_000_000);
    let said = unmasked(&frame);
    let text = said.strip_prefix(POST).and_then(|rest| rest.strip_suffix(POST_END)).unwrap();
    assert_eq!(text.len(), 100);
    let payload = heard(27, 123, 4_567_000_000);
    assert_eq!(payload, [HEARD, b"user00027", HEARD_TEXT, text, HEARD_END].concat());
    assert_eq!(sequence(&payload), Some(123));
    let json: serde_json::Value = serde_json::from_slice(payload.strip_prefix(b"42").unwrap()).unwrap();
    assert_eq!(json[1]["username"], "user00027");
    assert!(json[1]["message"].as_str().unwrap().ends_with("00000000012300000000004567000000"));
}

#[test]
fn what_is_too_short_has_no_number() {
    let payload = heard(1, 2, 3);
    for length in 0..SEQUENCE_AT + SEQUENCE_DIGITS {
        assert_eq!(sequence(&payload[..length]), None);
    }
}

#[test]
fn numbers_are_digits_alone() {
    assert_eq!(number(b"00042"), Some(42));
    assert_eq!(number(b"18446744073709551615"), Some(u64::MAX));
    for wrong in ["4 2", "-42", "4:2", "4/2"] {
        assert_eq!(number(wrong.as_bytes()), None, "{wrong}");
    }
}

#[test]
fn lengths_of_frames_are_written_as_websocket_wants_them() {
    for (length, head) in [(0, 2), (125, 2), (126, 4), (300, 4)] {
        let payload = vec![b'x'; length];
        let mut frame = Vec::new();
        server_frame(&mut frame, &[&payload]);
        assert_eq!(crate::websocket::header(&frame), Some((head, length)));
        assert_eq!(&frame[head..], payload);
        frame.clear();
        client_frame(&mut frame, &[&payload]);
        assert_eq!(frame.len(), head + 4 + length);
        assert_eq!(unmasked(&frame), payload);
    }
}

#[test]
fn a_member_may_name_its_room() {
    let mut frame = Vec::new();
    connect(&mut frame, 7, None);
    assert_eq!(unmasked(&frame), br#"40{"username":"user00007"}"#);
    frame.clear();
    connect(&mut frame, 16_000, Some("group3"));
    assert_eq!(unmasked(&frame), br#"40{"username":"user16000","room":"group3"}"#);
}
