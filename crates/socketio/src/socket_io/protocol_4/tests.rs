use super::*;
use crate::websocket::frame;

#[test]
fn what_stands_behind_the_name_authenticates() {
    let asked = |text: &'static str| {
        let (name, auth) = asked(&Bytes::from_static(text.as_bytes()));
        let auth = auth.map(|auth| serde_json::from_slice::<Value>(&auth).unwrap());
        (String::from_utf8(name.to_vec()).unwrap(), auth)
    };
    assert_eq!(asked("/chat"), ("/chat".into(), None));
    let expected = serde_json::json!({ "token": "a b&c", "a": "2", "ü": "" });
    assert_eq!(asked("/chat?token=a+b%26c&a=1&a=2&%C3%BC"), ("/chat".into(), Some(expected)));
    assert_eq!(asked("/?"), ("/".into(), Some(serde_json::json!({}))));
    assert_eq!(asked("?%ff"), (String::new(), Some(serde_json::json!({ "\u{fffd}": "" }))));
}

#[test]
fn packets_are_as_old_clients_read_them() {
    let text = |text: &str| frame(Opcode::Text, text.as_bytes());
    assert_eq!(connect("/"), text("40"));
    assert_eq!(connect("/chat"), text("40/chat,"));
    assert_eq!(error::<()>("/", "no \"entry\"", None).unwrap(), text(r#"44"no \"entry\"""#));
    let data = serde_json::json!({ "code": 7 });
    assert_eq!(error("/chat", "no", Some(&data)).unwrap(), text(r#"44/chat,{"code":7}"#));
}

#[test]
fn escapes_are_read_as_the_text_that_they_stand_for() {
    let frames = |texts: &[&str]| -> Bytes {
        texts.iter().flat_map(|text| frame(Opcode::Text, text.as_bytes())).collect::<Vec<_>>().into()
    };
    let plain = frames(&[r#"42["n","plain\n"]"#]);
    assert_eq!(ascii(&plain).as_ptr(), plain.as_ptr(), "it is not even copied");
    let written = ascii(&frames(&["42/größe,7[\"é\",\"\\\"🦀\u{2028}\",{\"ß\":1}]"]));
    assert_eq!(written, frames(&[r#"42/größe,7["\u00e9","\"\ud83e\udd80\u2028",{"\u00df":1}]"#]));
    // What else belongs to it stays.
    let bytes = |text: &[u8]| -> Bytes {
        [frame(Opcode::Text, text), frame(Opcode::Binary, &[4, 0xc3])].concat().into()
    };
    assert_eq!(ascii(&bytes("451-[\"ü\",{}]".as_bytes())), bytes(br#"451-["\u00fc",{}]"#));
    assert_eq!(ascii(&frames(&["451-[\"ü\",{}]", "b4AAEC"])), frames(&[r#"451-["\u00fc",{}]"#, "b4AAEC"]));
}
