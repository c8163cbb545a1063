use super::*;

/// RFC 7636, appendix B.
#[test]
fn the_challenge_is_that_of_the_specification() {
    let pending = Pending {
        state: String::new(),
        nonce: String::new(),
        verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned(),
    };
    assert_eq!(pending.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn everything_is_random_and_nothing_is_shown() {
    let (one, other) = (Pending::random().unwrap(), Pending::random().unwrap());
    let all = [&one.state, &one.nonce, &one.verifier, &other.state, &other.nonce, &other.verifier];
    for (at, text) in all.iter().enumerate() {
        assert_eq!(text.len(), 43);
        assert!(!all[..at].contains(text));
    }
    assert_eq!(format!("{one:?}"), "Pending(…)");
}
