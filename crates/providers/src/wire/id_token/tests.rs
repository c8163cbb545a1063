use proptest::prelude::*;

use super::*;

fn token(header: &str) -> String {
    format!("{}.e30.AAAA", URL_SAFE_NO_PAD.encode(header))
}

#[test]
fn the_header_is_read() {
    let text = token(
        r#"{"typ":"JWT","alg":"RS256","kid":"1","jku":"https://attacker.example","jwk":{"kty":"oct"}}"#,
    );
    let read = IdToken::read(&text).unwrap();
    assert_eq!(read.header, Header { algorithm: Algorithm::RS256, kid: Some("1".to_owned()) });
    assert_eq!(read.payload, b"{}");
}

#[test]
fn only_what_is_signed_by_an_issuer_alone_is_accepted() {
    for good in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"] {
        assert!(IdToken::read(&token(&format!(r#"{{"alg":"{good}"}}"#))).is_ok(), "{good}");
    }
    for bad in
        ["none", "None", "NONE", "", "HS256", "HS384", "HS512", "ES512", "ES256K", "rs256", "RSA1_5", "dir"]
    {
        assert!(IdToken::read(&token(&format!(r#"{{"alg":"{bad}"}}"#))).is_err(), "{bad}");
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let good = token(r#"{"alg":"RS256"}"#);
    for bad in [
        String::new(),
        "a.b".to_owned(),
        format!("{good}.AAAA"),
        format!("{good}="),
        good.replace("e30", "e3 0"),
        good.replace("e30", "e31"),
        token(""),
        token("[]"),
        token("{}"),
        token(r#"{"alg":256}"#),
        token(r#"{"alg":["RS256"]}"#),
        token(r#"{"alg":"none","alg":"RS256"}"#),
        token(r#"{"alg":"RS256","kid":1}"#),
        token(r#"{"alg":"RS256","crit":["exp"]}"#),
        token(r#"{"alg":"RS256","crit":[]}"#),
        format!("{good}{}", "A".repeat(BYTES)),
    ] {
        assert!(IdToken::read(&bad).is_err(), "{bad}");
    }
}

/// RFC 8037, appendix A.4 and A.5.
#[test]
fn a_signature_is_verified() {
    let key = DecodingKey::from_ed_components("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
    let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let read = IdToken::read(signed).unwrap();
    assert_eq!(read.verified(&key), Some(&b"Example of Ed25519 signing"[..]));
    let other = signed.replace(".RXhh", ".RXhi");
    assert_eq!(IdToken::read(&other).unwrap().verified(&key), None);
    let bare = signed.rsplit_once('.').unwrap().0.to_owned() + ".";
    assert_eq!(IdToken::read(&bare).unwrap().verified(&key), None);
}

proptest! {
    #[test]
    fn nothing_panics(text in "[A-Za-z0-9_.=-]{0,60}") {
        let _ = IdToken::read(&text);
    }
}
