use proptest::prelude::*;

use super::*;

fn granted(body: &str) -> Option<Granted> {
    match Answer::read(body.as_bytes()) {
        Ok(Answer::Granted(granted)) => Some(granted),
        _ => None,
    }
}

/// RFC 6749, section 5.1, OpenID Connect Core, section 3.1.3.3, and as GitHub and Facebook document theirs.
#[test]
fn tokens_are_read() {
    for (body, token) in [
        (
            r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600}"#,
            "2YotnFZFEjr1zCsicMWpAA",
        ),
        (r#"{"access_token":"gho_16C7e42F","scope":"user:email","token_type":"bearer"}"#, "gho_16C7e42F"),
        (r#"{"access_token":"EAAG","token_type":"bearer","expires_in":5183944}"#, "EAAG"),
        (r#"{"access_token":"x","refresh_token":null,"id_token":null}"#, "x"),
    ] {
        assert_eq!(granted(body).unwrap().access_token.expose(), token);
    }
    let openid =
        granted(r#"{"access_token":"SlAV32hkKG","token_type":"Bearer","id_token":"a.b.c"}"#).unwrap();
    assert_eq!(openid.id_token.as_ref().map(Secret::expose), Some("a.b.c"));
    assert!(!format!("{openid:?}").contains("SlAV32hkKG"));
}

#[test]
fn errors_are_read_whatever_else_there_is() {
    for body in [
        r#"{"error":"bad_verification_code","error_description":"The code passed is incorrect or expired."}"#,
        r#"{"error":{"message":"x","type":"OAuthException","code":100}}"#,
        r#"{"access_token":"x","error":"invalid_grant"}"#,
    ] {
        assert!(matches!(Answer::read(body.as_bytes()), Ok(Answer::Refused(_))), "{body}");
    }
}

#[test]
fn what_is_neither_is_unusable() {
    let long = format!(r#"{{"access_token":"{}"}}"#, "x".repeat(ACCESS_TOKEN_BYTES + 1));
    for body in [
        "",
        "access_token=x&token_type=bearer",
        "<!DOCTYPE html>",
        "{}",
        r#"{"access_token":""}"#,
        r#"{"access_token":"a b"}"#,
        r#"{"access_token":"a\r\nHost: x"}"#,
        r#"{"access_token":"ü"}"#,
        r#"{"access_token":7}"#,
        r#"{"access_token":"x","token_type":"mac"}"#,
        r#"{"access_token":"x","access_token":"y"}"#,
        &long,
    ] {
        assert!(Answer::read(body.as_bytes()).is_err(), "{body}");
    }
}

proptest! {
    #[test]
    fn nothing_panics_and_no_token_is_quoted(token in "[a-z]{12}", rest in "[ -~]{0,40}") {
        let body = format!(r#"{{"access_token":"{token}","id_token":{rest}"#);
        if let Err(unusable) = Answer::read(body.as_bytes()) {
            prop_assert!(!unusable.to_string().contains(&token));
        }
    }
}
