use proptest::prelude::*;
use serde_json::json;

use super::*;

/// From RFC 7517, appendix A.1, and RFC 8037, appendix A.2.
fn rsa(more: &Value) -> Value {
    with(
        &json!({"kty": "RSA", "e": "AQAB", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}),
        more,
    )
}

fn p256(more: &Value) -> Value {
    with(
        &json!({"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}),
        more,
    )
}

fn ed25519(more: &Value) -> Value {
    with(&json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}), more)
}

fn with(key: &Value, more: &Value) -> Value {
    let mut key = key.clone();
    key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    key
}

fn find(keys: &[Value], algorithm: Algorithm, kid: Option<&str>) -> &'static str {
    let set = KeySet::read(json!({"keys": keys}).to_string().as_bytes()).unwrap();
    match set.find(&Header { algorithm, kid: kid.map(str::to_owned) }) {
        Found::Key(_) => "key",
        Found::None => "none",
        Found::Several => "several",
    }
}

#[test]
fn a_key_is_found_by_its_name() {
    let keys = [rsa(&json!({"kid": "a"})), rsa(&json!({"kid": "b"})), p256(&json!({"kid": "c"}))];
    assert_eq!(find(&keys, Algorithm::RS256, Some("b")), "key");
    assert_eq!(find(&keys, Algorithm::ES256, Some("c")), "key");
    assert_eq!(find(&keys, Algorithm::RS256, Some("d")), "none");
    assert_eq!(find(&keys, Algorithm::RS256, Some("")), "none");
    assert_eq!(find(&keys, Algorithm::ES256, Some("a")), "none", "of another type");
}

#[test]
fn without_a_name_only_one_may_fit() {
    let keys =
        [rsa(&json!({"kid": "a"})), rsa(&json!({"use": "enc"})), p256(&json!({})), ed25519(&json!({}))];
    for algorithm in [Algorithm::RS256, Algorithm::PS512, Algorithm::ES256, Algorithm::EdDSA] {
        assert_eq!(find(&keys, algorithm, None), "key", "{algorithm:?}");
    }
    assert_eq!(find(&keys, Algorithm::ES384, None), "none");
    assert_eq!(find(&[rsa(&json!({})), rsa(&json!({}))], Algorithm::RS256, None), "several");
    let twins = [rsa(&json!({"kid": "a"})), rsa(&json!({"kid": "a"}))];
    assert_eq!(find(&twins, Algorithm::RS256, Some("a")), "several");
}

#[test]
fn a_key_is_only_used_for_what_it_is_meant_for() {
    for (more, found) in [
        (json!({"alg": "RS256", "use": "sig"}), "key"),
        (json!({"key_ops": ["verify"]}), "key"),
        (json!({"alg": "RS512"}), "none"),
        (json!({"alg": "PS256"}), "none"),
        (json!({"alg": "RSA-OAEP"}), "none"),
        (json!({"alg": "made-up"}), "none"),
        (json!({"use": "enc"}), "none"),
        (json!({"use": "made-up"}), "none"),
        (json!({"key_ops": ["encrypt"]}), "none"),
        (json!({"key_ops": []}), "none"),
    ] {
        assert_eq!(find(&[rsa(&more)], Algorithm::RS256, None), found, "{more}");
    }
}

#[test]
fn a_key_fits_no_algorithm_of_another_type() {
    let secret = json!({"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"});
    let montgomery =
        json!({"kty": "OKP", "crv": "X25519", "x": "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"});
    let mixed = with(&p256(&json!({})), &json!({"crv": "P-384"}));
    for (key, algorithm) in [
        (rsa(&json!({})), Algorithm::ES256),
        (rsa(&json!({})), Algorithm::EdDSA),
        (p256(&json!({})), Algorithm::RS256),
        (p256(&json!({})), Algorithm::ES384),
        (mixed, Algorithm::ES256),
        (ed25519(&json!({})), Algorithm::ES256),
        (montgomery, Algorithm::EdDSA),
        (secret, Algorithm::RS256),
    ] {
        assert_eq!(find(std::slice::from_ref(&key), algorithm, None), "none", "{key} {algorithm:?}");
    }
}

#[test]
fn what_is_no_key_for_us_does_no_harm() {
    let strange = [
        Value::Null,
        json!("key"),
        json!({}),
        json!({"kty": "RSA"}),
        json!({"kty": "RSA", "n": 1, "e": 2}),
        json!({"kty": "PQC", "kid": "a"}),
        rsa(&json!({"x5c": "not a list"})),
        rsa(&json!({"n": "not base64url!"})),
    ];
    assert_eq!(find(&strange, Algorithm::RS256, None), "none");
    let mut keys = strange.to_vec();
    keys.push(rsa(&json!({"kid": "good"})));
    assert_eq!(find(&keys, Algorithm::RS256, Some("good")), "key");
    for body in ["", "{}", "[]", r#"{"keys":{}}"#, "<html>"] {
        assert!(KeySet::read(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn no_more_keys_are_kept_than_an_issuer_has() {
    let set = json!({"keys": vec![p256(&json!({})); 1_000]});
    assert_eq!(KeySet::read(set.to_string().as_bytes()).unwrap().0.len(), KEYS);
}

proptest! {
    #[test]
    fn nothing_panics(body in r#"\{"keys":\[(\{("(kty|n|e|crv|x|alg|use|kid|key_ops)":("RSA"|"EC"|"P-256"|"AQAB"|null|\[\]),?){0,5}\},?){0,3}\]\}"#) {
        if let Ok(set) = KeySet::read(body.as_bytes()) {
            let _ = set.find(&Header { algorithm: Algorithm::RS256, kid: None });
            let _ = set.find(&Header { algorithm: Algorithm::ES256, kid: Some("RSA".to_owned()) });
        }
    }
}
