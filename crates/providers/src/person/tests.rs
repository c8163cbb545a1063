use proptest::prelude::*;

use super::*;

#[test]
fn a_name_is_one_line() {
    assert_eq!(name("  Zoë \u{7}  van\r\nDijk ").as_deref(), Some("Zoë van Dijk"));
    assert_eq!(name(" \u{0}\n "), None);
    assert_eq!(name(&"ü".repeat(500)), Some("ü".repeat(NAME_CHARS)));
}

#[test]
fn an_address_is_taken_if_it_can_be_one() {
    let taken = |address: &str| Email::new(address, true).is_some();
    for good in ["a@b", "octocat@github.com", "\"a@b\"@c.example", "zoë@exämple.org"] {
        assert!(taken(good), "{good}");
    }
    for bad in ["", "a", "@b", "a@", "a b@c", "a@b\n", "a@b\u{0}", &format!("{}@b", "a".repeat(EMAIL_BYTES))]
    {
        assert!(!taken(bad), "{bad:?}");
    }
}

#[test]
fn a_subject_is_kept_as_it_is_or_refused() {
    assert_eq!(Person::new("i", "248289761001").unwrap().subject, "248289761001");
    for bad in ["", "a\nb", "a\u{0}", &"x".repeat(SUBJECT_BYTES + 1)] {
        assert!(Person::new("i", bad).is_err(), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn a_name_is_short_and_stays_itself(text in any::<String>()) {
        if let Some(once) = name(&text) {
            prop_assert!(once.chars().count() <= NAME_CHARS);
            prop_assert!(!once.chars().any(char::is_control));
            prop_assert_eq!(name(&once), Some(once));
        }
    }
}
