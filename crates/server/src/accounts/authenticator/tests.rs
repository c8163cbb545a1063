use super::*;

/// RFC 6238, appendix B: the secret for SHA-1.
fn known() -> AuthenticatorSecret {
    AuthenticatorSecret(b"12345678901234567890".to_vec())
}

fn step(code: &str, seconds: i64) -> Option<u64> {
    check(&known(), code, Millis(seconds * 1_000)).unwrap().map(|proof| match proof {
        SecondProof::Code { secret, step } => {
            assert_eq!(secret, known());
            step
        }
        SecondProof::RecoveryCode(_) => panic!("a code of an app"),
    })
}

#[test]
fn codes_are_those_of_the_specification() {
    // The last six of its eight digits.
    for (seconds, code) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        assert_eq!(step(code, seconds), Some(seconds.unsigned_abs() / 30), "at {seconds}");
    }
}

#[test]
fn a_clock_may_be_a_step_wrong() {
    let at = 1_234_567_890;
    for (off, good) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
        assert_eq!(step("005924", at + off).is_some(), good, "{off} s");
        if good {
            assert_eq!(step("005924", at + off), Some(at.unsigned_abs() / 30), "the step that it is of");
        }
    }
}

#[test]
fn what_is_no_code_is_wrong() {
    for text in ["", "05924", "0059240", "00592A", "+05924", "００５９２４", "005924 0"] {
        assert_eq!(step(text, 1_234_567_890), None, "{text:?}");
    }
}

#[test]
fn spaces_do_not_matter() {
    for text in ["005 924", " 005924\n", "0 0 5 9 2 4"] {
        assert!(step(text, 1_234_567_890).is_some(), "{text:?}");
    }
}

#[test]
fn an_app_is_told_whose_it_is() {
    let given = for_app(&known(), "chat.example.org:8443", "Ann: Bly").unwrap();
    assert_eq!(given.secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    let (label, query) = given.link.strip_prefix("otpauth://totp/").unwrap().split_once('?').unwrap();
    assert_eq!(label, "Chinwag%20chat.example.org%208443:Ann%20%20Bly");
    assert!(query.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{query}");
    assert_eq!(random().unwrap().0.len(), 20);
    assert_ne!(random().unwrap(), random().unwrap());
}
