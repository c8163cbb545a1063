//! ID tokens (OpenID Connect Core, section 3.1.3.7): those that are good, and each fault alone.

use std::time::{SystemTime, UNIX_EPOCH};

use chinwag_providers::ProviderError;
use serde_json::{Value, json};

use crate::issuer::{CLIENT, Forged, Issuer, Signature};
use crate::keys;

const INVALID: ProviderError = ProviderError::TokenInvalid;
const CLOCKS: ProviderError = ProviderError::ClocksDiffer;

async fn outcome(forge: impl Fn(&mut Forged) + Send + 'static) -> Result<(), ProviderError> {
    let issuer = Issuer::with(|rules| {
        rules.keys = json!({"keys": [keys::RSA.public(), keys::P256.public()]});
        rules.forge = Box::new(forge);
    })
    .await;
    issuer.sign_in(&issuer.provider()).await.map(drop)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[tokio::test]
async fn every_algorithm_that_is_accepted_works() {
    for (algorithm, key) in [
        ("RS256", &keys::RSA),
        ("RS384", &keys::RSA),
        ("RS512", &keys::RSA),
        ("PS256", &keys::RSA),
        ("PS384", &keys::RSA),
        ("PS512", &keys::RSA),
        ("ES256", &keys::P256),
        ("ES384", &keys::P384),
        ("EdDSA", &keys::ED25519),
    ] {
        let issuer = Issuer::with(|rules| {
            rules.key = (*key).clone();
            let all = [&keys::RSA, &keys::P256, &keys::P384, &keys::ED25519].map(|key| key.public());
            rules.keys = json!({"keys": all});
            rules.forge = Box::new(move |forged| forged.header["alg"] = json!(algorithm));
        })
        .await;
        assert_eq!(issuer.sign_in(&issuer.provider()).await.map(drop), Ok(()), "{algorithm}");
    }
}

#[tokio::test]
async fn each_wrong_claim_is_found() {
    let set =
        |name: &'static str, value: Value| move |forged: &mut Forged| forged.claims[name] = value.clone();
    for (name, value, error) in [
        ("iss", json!("https://another.example"), INVALID),
        ("iss", json!(null), INVALID),
        ("aud", json!("another"), INVALID),
        ("aud", json!([]), INVALID),
        ("aud", json!(["another"]), INVALID),
        ("aud", json!([CLIENT, "another"]), INVALID),
        ("azp", json!("another"), INVALID),
        ("nonce", json!("another"), INVALID),
        ("nonce", json!(null), INVALID),
        ("sub", json!(""), INVALID),
        ("sub", json!(null), INVALID),
        ("exp", json!(now() - 120), CLOCKS),
        ("exp", json!(null), INVALID),
        ("iat", json!(now() + 120), CLOCKS),
        ("iat", json!(null), INVALID),
        ("nbf", json!(now() + 120), CLOCKS),
    ] {
        assert_eq!(outcome(set(name, value.clone())).await, Err(error), "{name}: {value}");
    }
    for (name, value) in [
        ("aud", json!([CLIENT])),
        ("azp", json!(CLIENT)),
        ("exp", json!(now() - 30)),
        ("iat", json!(now() + 30)),
        ("nbf", json!(now() + 30)),
    ] {
        assert_eq!(outcome(set(name, value.clone())).await, Ok(()), "{name}: {value}");
    }
    let several = |forged: &mut Forged| {
        forged.claims["aud"] = json!([CLIENT, "another"]);
        forged.claims["azp"] = json!(CLIENT);
    };
    assert_eq!(outcome(several).await, Ok(()));
}

#[tokio::test]
async fn nobody_signs_but_the_issuer() {
    type Forge = Box<dyn Fn(&mut Forged) + Send>;
    let mut forgeries: Vec<(String, Forge)> = vec![
        (
            "alg none".to_owned(),
            Box::new(|forged| {
                forged.header["alg"] = json!("none");
                forged.signature = Signature::Missing;
            }),
        ),
        ("no signature".to_owned(), Box::new(|forged| forged.signature = Signature::Missing)),
        ("no alg".to_owned(), Box::new(|forged| drop(forged.header.as_object_mut().unwrap().remove("alg")))),
        ("an RSA key used for ES256".to_owned(), Box::new(|forged| forged.header["alg"] = json!("ES256"))),
        (
            "an EC key used for RS256".to_owned(),
            Box::new(|forged| {
                forged.header["kid"] = json!("p256");
                forged.key = keys::P256.clone();
            }),
        ),
        (
            "another algorithm than it says".to_owned(),
            Box::new(|forged| {
                forged.header["alg"] = json!("PS256");
                forged.signature = Signature::As("RS256");
            }),
        ),
        ("a key of somebody else".to_owned(), Box::new(|forged| forged.key = keys::OTHER_RSA.clone())),
        (
            "a key that it brings along".to_owned(),
            Box::new(|forged| {
                forged.key = keys::OTHER_RSA.clone();
                forged.header["jwk"] = keys::OTHER_RSA.public();
                forged.header["kid"] = json!("other-rsa");
            }),
        ),
        (
            "an extension that must be understood".to_owned(),
            Box::new(|forged| {
                forged.header["crit"] = json!(["b64"]);
                forged.header["b64"] = json!(false);
            }),
        ),
    ];
    for bit in [0, 7, 1_000, 2_047] {
        let forge: Forge = Box::new(move |forged| forged.signature = Signature::Bit(bit));
        forgeries.push((format!("bit {bit} of the signature changed"), forge));
    }
    for secret in keys::RSA.public_bytes() {
        let forge: Forge = Box::new(move |forged| {
            forged.header["alg"] = json!("HS256");
            forged.signature = Signature::Mac(secret.clone());
        });
        forgeries.push(("HS256 with the public key as its secret".to_owned(), forge));
    }
    for (name, forge) in forgeries {
        assert_eq!(outcome(forge).await, Err(INVALID), "{name}");
    }
}

#[tokio::test]
async fn a_key_is_not_used_for_what_it_is_not_meant_for() {
    for (name, value) in [("alg", json!("RS512")), ("use", json!("enc")), ("key_ops", json!(["encrypt"]))] {
        let mut key = keys::RSA.public();
        key[name] = value;
        let issuer = Issuer::with(|rules| rules.keys = json!({"keys": [key]})).await;
        assert_eq!(issuer.sign_in(&issuer.provider()).await.map(drop), Err(INVALID), "{name}");
    }
}

#[tokio::test]
async fn a_token_without_an_id_token_says_nothing() {
    let issuer = Issuer::start().await;
    let reply = crate::site::Reply::Json(200, json!({"access_token": "x", "token_type": "Bearer"}));
    issuer.change(|rules| drop(rules.replies.insert("/token", reply)));
    assert_eq!(issuer.sign_in(&issuer.provider()).await.map(drop), Err(INVALID));
}
