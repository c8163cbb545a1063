//! The keys of an issuer and its ID tokens: only what was signed by a key is taken for it, and claims that are found good are.
#![no_main]

use chinwag_providers::wire::claims::{Claims, Expected, UserInfo};
use chinwag_providers::wire::id_token::IdToken;
use chinwag_providers::wire::keys::{Found, KeySet};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// RFC 8037, appendix A.2 and A.4: a key, and all that is known to be signed by it.
const KEYS: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
const SIGNED: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
const EXPECTED: Expected<'_> =
    Expected { issuer: "https://issuer.example", client_id: "chinwag", nonce: "n-0S6", now: 1_000_000.0 };

fuzz_target!(|input: &str| {
    let (kind, input) = match input.char_indices().nth(1) {
        Some((at, _)) => input.split_at(at),
        None => return,
    };
    match kind {
        "k" => {
            let Some((keys, token)) = input.split_once('\n') else { return };
            let (Ok(keys), Ok(token)) = (KeySet::read(keys.as_bytes()), IdToken::read(token)) else { return };
            if let Found::Key(key) = keys.find(&token.header) {
                let _ = token.verified(&key);
            }
        }
        "t" => {
            let Ok(token) = IdToken::read(input) else { return };
            let keys = KeySet::read(KEYS.as_bytes()).expect("keys");
            if let Found::Key(key) = keys.find(&token.header) {
                assert_eq!(token.verified(&key).is_some(), input == SIGNED);
            }
        }
        "c" => claims(input),
        _ => {
            if let Ok(info) = UserInfo::read(input.as_bytes()) {
                let value: Value = serde_json::from_str(input).expect("JSON");
                assert_eq!(value["sub"], info.subject());
            }
        }
    }
});

fn claims(input: &str) {
    let Ok(claims) = Claims::read(input.as_bytes()) else { return };
    let good = claims.check(&EXPECTED);
    let value: Value = serde_json::from_str(input).expect("JSON");
    assert_eq!(value["sub"], claims.subject());
    if good.is_ok() {
        let for_us = |audience: &Value| audience == EXPECTED.client_id;
        let audience = &value["aud"];
        assert!(for_us(audience) || audience.as_array().is_some_and(|all| all.iter().any(for_us)));
        assert_eq!((&value["iss"], &value["nonce"]), (&EXPECTED.issuer.into(), &EXPECTED.nonce.into()));
        let seconds = |name: &str| value[name].as_f64().expect("a number");
        assert!(seconds("exp") > EXPECTED.now - 60.0 && seconds("iat") <= EXPECTED.now + 60.0);
    }
}
