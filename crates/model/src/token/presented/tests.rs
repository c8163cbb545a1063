use proptest::prelude::*;

use super::*;

#[test]
fn the_three_kinds_are_told_apart() {
    let secret = "-Az_9".repeat(8) + "abc";
    let access = format!("{ACCESS_PREFIX}{secret}");
    assert_eq!(Presented::parse(&secret), Some(Presented::Session(&secret)));
    assert_eq!(Presented::parse(&access), Some(Presented::Access(&access)));
    assert_eq!(Presented::parse("e30.e30.AA-_"), Some(Presented::Short("e30.e30.AA-_")));
}

#[test]
fn what_cannot_be_a_token_is_none() {
    let secret = "A".repeat(SECRET_CHARS);
    for bad in [
        String::new(),
        "A".repeat(SECRET_CHARS - 1),
        "A".repeat(SECRET_CHARS + 1),
        format!(" {secret}"),
        format!("{secret}\n"),
        format!("{ACCESS_PREFIX}{secret}A"),
        format!("{ACCESS_PREFIX}{ACCESS_PREFIX}{secret}"),
        format!("Chinwag_pat_{secret}"),
        "é".repeat(SECRET_CHARS / 2) + "A",
        "..".into(),
        "a..c".into(),
        "a.b.".into(),
        "a.b".into(),
        "a.b.c.d".into(),
        "a.b=.c".into(),
        "a.b+.c".into(),
        format!("a.b.{}", "c".repeat(SHORT_BYTES)),
    ] {
        assert_eq!(Presented::parse(&bad), None, "{bad:.60}");
    }
}

#[test]
fn nothing_of_a_token_is_shown() {
    let access = format!("{ACCESS_PREFIX}{}", "A".repeat(SECRET_CHARS));
    for text in ["B".repeat(SECRET_CHARS), access, "BBB.AAA.BBB".into()] {
        let shown = format!("{:?}", Presented::parse(&text).unwrap());
        assert!(!shown.contains("BBB") && !shown.contains("AAA"), "{shown}");
    }
}

proptest! {
    #[test]
    fn whatever_is_given_is_kept_as_it_is(text in "[A-Za-z0-9_.-]{0,60}|\\PC{0,60}") {
        match Presented::parse(&text) {
            Some(Presented::Session(kept) | Presented::Access(kept) | Presented::Short(kept)) => {
                prop_assert_eq!(kept, &text);
            }
            None => {}
        }
    }
}
