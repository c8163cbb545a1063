use proptest::prelude::*;

use super::*;

fn user(text: &str) -> Result<UserName, Refusal> {
    UserName::parse(text)
}

#[test]
fn a_name_is_shown_as_written_with_white_space_in_order() {
    assert_eq!(user("  Zoë   van  Dijk ").unwrap().as_str(), "Zoë van Dijk");
    assert_eq!(user("山田太郎").unwrap().as_str(), "山田太郎");
}

#[test]
fn names_that_look_alike_clash() {
    for (a, b) in [
        ("paul", "PAUL"),
        ("paul", "ｐａｕｌ"),
        ("paul", "раul"), // Cyrillic er and a
        ("O0", "00"),
        ("PauI", "paul"),
        ("1van", "Ivan"),
        ("straße", "STRASSE"),
        ("Zoë", "Zoe\u{308}"),
        ("lob by", "lobby"),
        ("modern", "modem"),
    ] {
        assert!(clash(a, b), "{a} and {b}");
        assert!(clash(b, a), "{b} and {a}");
    }
    for (a, b) in [("paul", "paula"), ("mail", "mall"), ("Ann", "Anne")] {
        assert!(!clash(a, b), "{a} and {b}");
    }
}

fn clash(a: &str, b: &str) -> bool {
    let (a, b) = (user(a).unwrap(), user(b).unwrap());
    a.looks().iter().any(|look| b.looks().contains(look))
}

#[test]
fn bad_names_are_refused_with_what_is_wrong() {
    for bad in
        ["", "   ", "\u{200B}", "a\u{0}b", "a\nb", "../etc", "a\\b", "<b>", "a\u{202E}b", "!!!", "\u{3164}"]
    {
        assert!(matches!(user(bad), Err(Refusal::NameInvalid(_))), "{bad:?}");
    }
    let Err(Refusal::NameInvalid(sentence)) = user("a\u{202E}b") else { panic!("refused") };
    assert!(sentence.contains("U+202E"), "{sentence}");
}

#[test]
fn the_limit_counts_characters_not_bytes() {
    assert!(user(&"ü".repeat(USER_NAME_CHARS)).is_ok());
    assert!(user(&"ü".repeat(USER_NAME_CHARS + 1)).is_err());
    assert!(RoomName::parse(&"x".repeat(ROOM_NAME_CHARS)).is_ok());
    assert!(RoomName::parse(&"x".repeat(ROOM_NAME_CHARS + 1)).is_err());
    assert!(user(&"x".repeat(10_000_000)).is_err());
}

proptest! {
    #[test]
    fn parsing_never_panics_and_is_stable(text in ".{0,80}") {
        if let Ok(name) = user(&text) {
            let again = user(name.as_str());
            let again = again.unwrap();
            prop_assert_eq!(again.as_str(), name.as_str());
            prop_assert_eq!(again.looks(), name.looks());
        }
    }
}

#[test]
fn a_name_is_found_by_the_beginning_of_each_of_its_words() {
    let keys = UserName::parse("Ada  King Lovelace").unwrap().search_keys();
    assert_eq!(keys, ["ada king lovelace", "king lovelace", "lovelace"]);
    let found = |text: &str| keys.iter().any(|key| key.starts_with(&search_key(text)));
    assert!(found("ADA") && found("king l") && found(" love") && found(""));
    assert!(!found("ovelace") && !found("ada lovelace"));
    assert_eq!(search_key("Ada\u{0}K\u{1b}"), "ada k", "nothing that a database could not take");
}
