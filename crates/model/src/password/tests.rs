use super::*;

fn refusal(text: &str) -> Option<Refusal> {
    Password::parse_new(text.to_owned()).err()
}

fn is_common(text: &str) -> bool {
    Password::parse_new(text.to_owned()).unwrap().is_common()
}

#[test]
fn what_everybody_tries_first_is_common() {
    // From all over the list of the commonest, and what is as easy.
    for common in COMMON_ONES {
        assert!(is_common(common), "{common}");
    }
    for easy in ["aaaaaaaaaa", "abcabcabcabc", "QWERTYUIOP", "PassWord123"] {
        assert!(is_common(easy), "{easy}");
    }
}

#[test]
fn others_are_allowed_whatever_they_are_written_in() {
    for fine in [
        "tq7-xm2-vk",
        "correct horse battery",
        "почему бы и нет",
        "パスワードではない言葉",
        "🦀🦞🦐🦑🐙🐚🐌🐛🦋🐜",
    ] {
        assert!(!is_common(fine), "{fine}");
    }
    assert!(!is_common(&"x".repeat(PASSWORD_MAX_CHARS)), "nobody begins with that");
}

#[test]
fn lengths_are_counted_in_characters() {
    assert_eq!(refusal("почемубын"), Some(Refusal::PasswordTooShort));
    assert_eq!(refusal(&"x".repeat(PASSWORD_MAX_CHARS + 1)), Some(Refusal::PasswordTooLong));
    assert_eq!(Password::parse("short".to_owned()).map(|password| password.expose().len()), Ok(5));
}

/// Of those that have enough characters, in the order of the list; the last is the last but few of ten thousand.
const COMMON_ONES: &[&str] = &[
    "qwertyuiop",
    "12345678910",
    "1122334455",
    "poiuytrewq",
    "qwerty1234",
    "montgom240",
    "ghostrider",
    "vsjasnel12",
    "password12",
    "konstantin",
    "liverpool1",
    "12345qwerty",
    "vfntvfnbrf",
    "1qazxsw23edc",
    "abracadabra",
    "qweasdzxc123",
    "1020304050",
    "finalfantasy",
    "a1s2d3f4g5",
    "contortionist",
    "yfnfitymrf",
    "asdfg12345",
    "pokemon123",
    "a1a2a3a4a5",
    "postov1000",
    "jediknight",
    "hondacivic",
    "smallville",
    "123456789qwerty",
];
