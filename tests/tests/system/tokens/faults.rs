//! Each single fault of a short-lived token, signed with the server's own key as far as that can be.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chinwag_tests::api::Person;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use uuid::Uuid;

use super::forge::{Forger, part, seconds, signed, unsigned, with};

/// Another Ed25519 key, in PKCS #8 (RFC 8410, section 7).
fn another_key() -> EncodingKey {
    let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    der.extend([7; 32]);
    EncodingKey::from_ed_der(&der)
}

#[tokio::test]
async fn a_token_with_one_fault_is_nobodys() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let (hers, his) = (ada.short_token(&json!({})).await, bob.short_token(&json!({})).await);
    let forger = Forger::of(&server, &hers);
    let now = seconds();
    let key = server.http().get("/.well-known/jwks.json").await.expect(200)["keys"][0].clone();
    let public = key["x"].as_str().unwrap();

    let said = async |token: &str| {
        let reply = server.http().with_token(token).get("/api/v1/session").await;
        let code = reply.json()["error"]["code"].as_str().unwrap_or("ok").to_owned();
        // The handshake says the same.
        match Socket::try_connect(&server.address(), &json!({"token": token})).await {
            Ok(_) => assert_eq!(code, "ok"),
            Err(refused) => {
                assert!(refused.to_string().contains(&format!("\"{code}\"")), "{code}: {refused}");
            }
        }
        code
    };
    // What the forger makes is as good as what the server does, or nothing below would be proven.
    assert_eq!(said(&forger.claiming(&[])).await, "ok");
    assert_eq!(said(&forger.claiming(&[("exp", json!(now + 60)), ("iat", json!(now - 3_000))])).await, "ok");
    assert_eq!(said(&forger.headed(&[("what", json!("is not known"))])).await, "ok");
    assert_eq!(said(&forger.until(now - 5)).await, "token_expired");

    let hs256 = with(&forger.header, &[("alg", json!("HS256"))]);
    let none = with(&forger.header, &[("alg", json!("none"))]);
    let flipped = |place: usize| {
        let mut parts: Vec<Vec<u8>> =
            hers.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
        let middle = parts[place].len() / 2;
        parts[place][middle] ^= 1;
        parts.iter().map(|part| URL_SAFE_NO_PAD.encode(part)).collect::<Vec<_>>().join(".")
    };
    let random_key = URL_SAFE_NO_PAD.encode([9; 32]);
    let by_secret =
        |secret: &[u8]| signed(&hs256, &forger.claims, &EncodingKey::from_secret(secret), Algorithm::HS256);
    let bad = [
        ("alg none", format!("{}.AAAA", unsigned(&none, &forger.claims))),
        ("alg none, unsigned", format!("{}.", unsigned(&none, &forger.claims))),
        ("HS256 with the public key as its secret", by_secret(&URL_SAFE_NO_PAD.decode(public).unwrap())),
        ("HS256 with that in base64", by_secret(public.as_bytes())),
        ("said to be HS256", forger.headed(&[("alg", json!("HS256"))])),
        ("no signature of ours", signed(&forger.header, &forger.claims, &another_key(), Algorithm::EdDSA)),
        ("another type", forger.headed(&[("typ", json!("JWT"))])),
        ("no type", forger.headed(&[("typ", Value::Null)])),
        ("an unknown key", forger.headed(&[("kid", json!(Uuid::new_v4()))])),
        ("no key", forger.headed(&[("kid", Value::Null)])),
        ("a key that is a path", forger.headed(&[("kid", json!("../../dev/null"))])),
        ("crit", forger.headed(&[("crit", json!(["exp"]))])),
        ("crit of what is not encoded", forger.headed(&[("crit", json!(["b64"])), ("b64", json!(false))])),
        ("another issuer", forger.claiming(&[("iss", json!("https://evil.example"))])),
        ("no issuer", forger.claiming(&[("iss", Value::Null)])),
        ("another audience", forger.claiming(&[("aud", json!("https://evil.example"))])),
        ("an audience among others", forger.claiming(&[("aud", json!([forger.claims["aud"], "x"]))])),
        ("no audience", forger.claiming(&[("aud", Value::Null)])),
        ("another's subject", forger.claiming(&[("sub", json!(bob.id))])),
        ("another's session", forger.claiming(&[("sid", part(&his, 1)["sid"].clone())])),
        ("a session that is not there", forger.claiming(&[("sid", json!(random_key))])),
        ("no session", forger.claiming(&[("sid", Value::Null)])),
        ("not yet", forger.claiming(&[("iat", json!(now + 60)), ("exp", json!(now + 120))])),
        ("not before", forger.claiming(&[("nbf", json!(now + 60))])),
        ("for too long", forger.claiming(&[("iat", json!(now)), ("exp", json!(now + 3_601))])),
        ("for ever", forger.claiming(&[("exp", json!(u64::MAX))])),
        ("no end", forger.claiming(&[("exp", Value::Null)])),
        ("a changed bit in the header", flipped(0)),
        ("a changed bit in the claims", flipped(1)),
        ("a changed bit in the signature", flipped(2)),
        ("cut off", hers[..hers.len() - 1].to_owned()),
        ("four parts", format!("{hers}.AAAA")),
        ("too long", format!("{hers}{}", "A".repeat(2_048))),
    ];
    for (what, token) in bad {
        assert_eq!(said(&token).await, "unauthenticated", "{what}");
    }
    // The signature of one under the claims of another.
    let (message, _) = his.rsplit_once('.').unwrap();
    let mixed = format!("{message}.{}", hers.rsplit_once('.').unwrap().1);
    assert_eq!(said(&mixed).await, "unauthenticated");

    // When what it was made from ends, so does it.
    assert_eq!(said(&hers).await, "ok");
    ada.http.delete("/api/v1/session").await.expect(200);
    assert_eq!(said(&hers).await, "unauthenticated");
    assert_eq!(said(&his).await, "ok");
}

#[tokio::test]
async fn a_token_is_good_for_no_more_than_what_it_was_made_from() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let access = ada.make_token("bot", &["read"]).await;
    let mut bot = Person { http: server.http().with_token(&access), ..ada.clone() };
    let token = bot.short_token(&json!({})).await;
    let forger = Forger::of(&server, &token);
    let more = forger.claiming(&[("scope", json!("read post rooms profile administration"))]);
    let mut http = server.http().with_token(&more);
    http.get("/api/v1/me").await.expect(200);
    let refused = http.patch("/api/v1/account", &json!({"status": "hi"})).await;
    assert_eq!(refused.expect_error(403, "scope_missing")["error"]["scope"], "profile");
    // Words that are not known are passed over.
    let odd = forger.claiming(&[("scope", json!("fly read  read"))]);
    server.http().with_token(&odd).get("/api/v1/me").await.expect(200);
    let nothing = forger.claiming(&[("scope", json!(""))]);
    server.http().with_token(&nothing).get("/api/v1/me").await.expect_error(403, "scope_missing");
    server.http().with_token(&nothing).get("/api/v1/session").await.expect(200);
}
