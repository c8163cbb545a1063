use super::*;

#[test]
fn a_text_is_kept_as_it_was_written() {
    let text = "  <script>alert(1)</script>\r\n\u{202E}abc \u{1F469}\u{200D}\u{1F680}  ";
    assert_eq!(MessageText::parse(text.into()).unwrap().as_str(), text);
}

#[test]
fn nothing_to_see_is_empty() {
    for empty in ["", " ", "\n\t ", "\u{200B}\u{200D}", "\u{3164}", "\u{2800}\u{FEFF}", "\u{3000}"] {
        assert_eq!(MessageText::parse(empty.into()), Err(Refusal::MessageEmpty), "{empty:?}");
    }
}

#[test]
fn the_limit_counts_scalar_values() {
    assert!(MessageText::parse("é".repeat(MESSAGE_CHARS)).is_ok());
    assert!(MessageText::parse("\u{1F600}".repeat(MESSAGE_CHARS)).is_ok());
    let over = MessageText::parse("é".repeat(MESSAGE_CHARS + 1));
    assert_eq!(over, Err(Refusal::MessageTooLong { chars: MESSAGE_CHARS + 1 }));
}

#[test]
fn a_nul_is_refused() {
    assert_eq!(MessageText::parse("a\0b".into()), Err(Refusal::MessageInvalid));
}
