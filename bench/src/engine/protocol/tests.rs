use super::*;

/// What a server makes of what a member says.
fn heard(name: &str, text: &[u8]) -> Vec<u8> {
    [HEARD, name.as_bytes(), HEARD_TEXT, text, HEARD_END].concat()
}

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
    let payload = heard("user00027", text);
    assert_eq!(delivery(&payload), Some(Delivery { sender: 27, sequence: 123, sent: 4_567_000_000 }));
    assert!(has_filler(&payload));
}

#[test]
fn whatever_differs_is_no_delivery() {
    let mut frame = Vec::new();
    post(&mut frame, 1, 2);
    let said = unmasked(&frame);
    let text = said.strip_prefix(POST).and_then(|rest| rest.strip_suffix(POST_END)).unwrap();
    let whole = heard("user00001", text);
    assert!(delivery(&whole[1..]).is_none());
    assert!(delivery(&[&whole[..], b" "].concat()).is_none());
    let filler = TEXT_AT..SEQUENCE_AT;
    for place in 0..whole.len() {
        let mut wrong = whole.clone();
        wrong[place] = b'#';
        assert_eq!(delivery(&wrong).is_none(), !filler.contains(&place), "byte {place}");
        assert_eq!(has_filler(&wrong), !filler.contains(&place), "byte {place}");
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
