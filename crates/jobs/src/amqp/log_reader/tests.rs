use super::line;

#[test]
fn a_line_has_the_queue_the_key_and_the_entry() {
    let entry = br#"{"url": "/rooms", "ts": 1}"#;
    let written = line("debug.log", "debug.log", entry);
    let (_, body) = written.split_once('{').unwrap();
    assert!(written.starts_with("debug.log debug.log {"), "{written}");
    assert!(body.contains(r#""url":"/rooms""#) && body.ends_with("}\n"), "{written}");
}

#[test]
fn what_is_no_json_is_shown_as_text_that_does_nothing() {
    let written = line("error.log", "a\u{1b}b", b"\xff\x1b[2J\nmore \xc2\x9b");
    assert_eq!(written, "error.log a\\u001bb \"\u{fffd}\\u001b[2J\\nmore \\u009b\"\n");
}
