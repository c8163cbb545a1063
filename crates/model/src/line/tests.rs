use super::*;

#[test]
fn white_space_is_put_in_order() {
    assert_eq!(Line::status("  out \t for\nlunch ").unwrap().as_str(), "out for lunch");
    assert_eq!(Line::status("").unwrap().as_str(), "");
    assert_eq!(Line::status("👩‍👩‍👧 at home").unwrap().as_str(), "👩‍👩‍👧 at home");
}

#[test]
fn what_is_too_long_or_turns_the_text_around_is_refused() {
    assert!(Line::status(&"x".repeat(STATUS_CHARS)).is_ok());
    for bad in ["x".repeat(STATUS_CHARS + 1), "a\u{202E}b".into(), "a\u{7}b".into(), "x".repeat(100_000)] {
        assert_eq!(
            Line::status(&bad),
            Err(Refusal::LineInvalid { what: "A status", max: STATUS_CHARS }),
            "{bad:.20}"
        );
    }
}
