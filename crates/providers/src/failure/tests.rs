use proptest::prelude::*;

use super::*;

#[test]
fn what_a_provider_wrote_is_one_line_without_tricks() {
    assert_eq!(said("no\r\nWARN a made-up line\u{1b}[2J\u{202E}x"), "no  WARN a made-up line [2J x");
    assert_eq!(said("Zoë – 山田"), "Zoë – 山田");
}

#[test]
fn it_is_cut() {
    assert_eq!(said(&"ü".repeat(SAID_CHARS)), "ü".repeat(SAID_CHARS));
    assert_eq!(said(&"ü".repeat(10_000)), format!("{}…", "ü".repeat(SAID_CHARS)));
}

proptest! {
    #[test]
    fn nothing_comes_through_that_controls(text in any::<String>()) {
        let said = said(&text);
        prop_assert!(!said.chars().any(char::is_control));
        prop_assert!(said.chars().count() <= SAID_CHARS + 1);
    }
}
