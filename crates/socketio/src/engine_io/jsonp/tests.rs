use proptest::prelude::*;

use super::*;

fn body(index: u64, payload: &str) -> String {
    String::from_utf8(encode_body(index, payload.as_bytes())).unwrap()
}

#[test]
fn answers_are_scripts() {
    assert_eq!(body(0, "6:4hello"), r#"___eio[0]("6:4hello");"#);
    assert_eq!(body(12, "4\"a\\n\"\n"), r#"___eio[12]("4\"a\\n\"\n");"#);
    assert_eq!(body(1, "4\u{2028}é\u{2029}😀"), r#"___eio[1]("4\u2028é\u2029😀");"#);
    assert_eq!(body(1, "<!--</script ><"), r#"___eio[1]("\u003c!--\u003c/script >\u003c");"#);
    assert_eq!(encode_body(1, b"4\xff"), body(1, "4\u{fffd}").as_bytes());
}

#[test]
fn only_numbers_are_called() {
    assert_eq!(decode_index("0"), Ok(0));
    assert_eq!(decode_index("0007"), Ok(7));
    assert_eq!(decode_index("4294967295"), Ok(4_294_967_295));
    for index in ["", "-1", "+1", " 1", "1 ", "1a", "](alert)", "12345678901", "١"] {
        assert_eq!(decode_index(index), Err(InvalidPacket), "{index}");
    }
}

#[test]
fn forms_are_read() {
    for (form, payload) in [
        ("d=6%3A4hello", "6:4hello"),
        ("d=1%3a2", "1:2"),
        ("d=4+%2B%F0%9F%98%80", "4 +😀"),
        ("a=1&d=4x&b=2", "4x"),
        ("%64=4x", "4x"),
        ("d=4x=y", "4x=y"),
        ("d=", ""),
        ("d", ""),
        ("d=100%&x", "100%"),
        ("d=%4", "%4"),
        ("d=%+4g%zz%", "% 4g%zz%"),
    ] {
        assert_eq!(decode_body(form.as_bytes()).as_deref(), Ok(payload), "{form}");
    }
    for form in ["", "a=1", "dd=1", "D=1", "d=1&d=2", "d=%ff", "d=\u{0}&%64"] {
        assert_eq!(decode_body(form.as_bytes()), Err(InvalidPacket), "{form}");
    }
}

#[test]
fn newlines_are_those_of_the_client() {
    // What the original's server makes of these.
    for (sent, payload) in [
        (r"a\nb", "a\nb"),
        (r"a\\nb", r"a\nb"),
        (r"a\\\nb", r"a\\nb"),
        (r"\\\\n", r"\\\n"),
        (r"\n\n\\n\", "\n\n\\n\\"),
        (r"\\", r"\\"),
        (r"\t\\tn", r"\t\\tn"),
        (r"n\n", "n\n"),
    ] {
        assert_eq!(decode_body(format!("d={sent}").as_bytes()).as_deref(), Ok(payload), "{sent}");
    }
}

/// What the original's client puts into its form.
fn as_client(payload: &str) -> String {
    let escaped = payload.replace("\\n", "\\\n").replace('\n', "\\n");
    let bytes: String = escaped.bytes().map(|byte| format!("%{byte:02x}")).collect();
    format!("d={bytes}&x=1")
}

proptest! {
    #[test]
    fn what_clients_send_is_read(payload in r#"([\\n"a😀:+%&=]|\PC){0,30}\n?[a-z]{0,3}"#) {
        // After a backslash the client's own rule is ambiguous.
        prop_assume!(!payload.contains("\\\n"));
        prop_assert_eq!(decode_body(as_client(&payload).as_bytes()), Ok(payload));
    }

    #[test]
    fn answers_say_what_they_are_given(payload: String, index in 0_u64..10_000_000_000) {
        let body = body(index, &payload);
        let json = body.strip_prefix(&format!("___eio[{index}](")).and_then(|body| body.strip_suffix(");"));
        let read: String = serde_json::from_str(json.unwrap()).unwrap();
        prop_assert_eq!(&read, &payload);
        let unsafe_in_scripts = body.contains(['<', '\u{2028}', '\u{2029}', '\n', '\r']);
        prop_assert!(!unsafe_in_scripts);
        prop_assert!(body.len() <= 6 * payload.len() + 40);
        prop_assert_eq!(decode_index(&index.to_string()), Ok(index));
    }

    #[test]
    fn anything_is_read_without_panic(form in proptest::collection::vec(prop_oneof![Just(b'%'), Just(b'd'), Just(b'='), Just(b'\\'), Just(b'n'), any::<u8>()], 0..100)) {
        if let Ok(payload) = decode_body(&form) {
            prop_assert!(payload.len() <= form.len());
        }
    }
}
