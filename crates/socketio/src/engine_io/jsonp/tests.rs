use proptest::prelude::*;

use super::*;

#[test]
fn a_callback_is_a_number() {
    assert_eq!(Callback::parse("0"), Some(Callback(0)));
    assert_eq!(Callback::parse("12"), Some(Callback(12)));
    for wrong in ["", "+1", "-1", "a", "1a", "99999999999", "0);alert(1"] {
        assert_eq!(Callback::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn a_script_calls_the_client() {
    let script = Callback(3).script("4\"a\\b\u{2028}</script>ü\n\u{1e}".as_bytes());
    let expected = r#"___eio[3]("4\u0022a\u005cb\u2028\u003c/script\u003eü\u000a\u001e");"#;
    assert_eq!(String::from_utf8(script).unwrap(), expected);
}

#[test]
fn a_form_has_a_payload() {
    assert_eq!(form(b"d=4a%0Ab&x=1").unwrap(), "4a\nb");
    assert_eq!(form(b"x=1&d=4%5Cn+%5C%5Cn&d=no").unwrap(), "4\n \\n");
    assert_eq!(form(b"").unwrap_err(), InvalidPacket);
    assert_eq!(form(b"e=1").unwrap_err(), InvalidPacket);
}

proptest! {
    /// JavaScript reads a string in a script as JSON does.
    #[test]
    fn a_script_says_the_payload(payload in "\\PC*|[\\x00-\\x7f]*") {
        let script = String::from_utf8(Callback(7).script(payload.as_bytes())).unwrap();
        let json = script.strip_prefix("___eio[7](").and_then(|rest| rest.strip_suffix(");")).unwrap();
        prop_assert_eq!(serde_json::from_str::<String>(json).unwrap(), payload);
        let unsafe_there = script.contains(['<', '\u{2028}', '\n']);
        prop_assert!(!unsafe_there);
    }

    /// What the original client does to a payload before it posts it.
    #[test]
    fn a_form_is_read_back(payload in "[a\\\\n\n ü]*") {
        // A backslash before a line end cannot be told from an escaped one.
        prop_assume!(!payload.contains("\\\n") && !payload.contains("\\\\n"));
        let escaped = payload.replace("\\n", "\\\\n").replace('\n', "\\n");
        let body: String = form_urlencoded::Serializer::new(String::new()).append_pair("d", &escaped).finish();
        prop_assert_eq!(form(body.as_bytes()).unwrap(), payload);
    }
}
