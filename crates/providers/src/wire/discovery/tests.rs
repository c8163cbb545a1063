use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "https://issuer.example/realm";

fn document() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://issuer.example/authorize?tenant=1",
        "token_endpoint": "https://issuer.example/token",
        "jwks_uri": "https://keys.example/jwks",
        "response_types_supported": ["code", "id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

fn read(document: &Value) -> Result<Discovery, Unusable> {
    Discovery::read(document.to_string().as_bytes(), ISSUER)
}

fn with(name: &str, value: Value) -> Value {
    let mut document = document();
    document[name] = value;
    document
}

#[test]
fn a_small_document_is_enough() {
    let read = read(&document()).unwrap();
    assert_eq!(read.token_endpoint.as_str(), "https://issuer.example/token");
    assert_eq!(read.authentication, ClientAuthentication::Basic);
    assert_eq!((read.userinfo_endpoint, read.names_itself, read.handles), (None, false, true));
}

#[test]
fn how_clients_show_who_they_are() {
    let authentication = |methods: Value| {
        read(&with("token_endpoint_auth_methods_supported", methods)).unwrap().authentication
    };
    assert_eq!(
        authentication(json!(["client_secret_post", "client_secret_basic"])),
        ClientAuthentication::Basic
    );
    assert_eq!(authentication(json!(["private_key_jwt", "client_secret_post"])), ClientAuthentication::Post);
    assert_eq!(authentication(json!(["private_key_jwt"])), ClientAuthentication::Neither);
}

#[test]
fn what_it_knows_of_people_may_be_listed() {
    assert!(!read(&with("claims_supported", json!(["sub", "name"]))).unwrap().handles);
    assert!(read(&with("claims_supported", json!(["preferred_username"]))).unwrap().handles);
    assert!(read(&with("authorization_response_iss_parameter_supported", json!(true))).unwrap().names_itself);
}

#[test]
fn it_is_refused_if_anything_in_it_is_not_right() {
    for (name, value) in [
        ("issuer", json!("https://issuer.example/realm/")),
        ("issuer", json!("https://issuer.example")),
        ("issuer", Value::Null),
        ("token_endpoint", json!("http://issuer.example/token")),
        ("token_endpoint", json!("http://127.0.0.1/token")),
        ("token_endpoint", json!("/token")),
        ("jwks_uri", json!("file:///etc/passwd")),
        ("jwks_uri", Value::Null),
        ("authorization_endpoint", json!("https://issuer.example/authorize#fragment")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("userinfo_endpoint", json!("http://localhost/userinfo")),
        ("response_types_supported", json!(["id_token"])),
    ] {
        assert!(read(&with(name, value.clone())).is_err(), "{name}: {value}");
    }
    assert!(Discovery::read(b"<html>", ISSUER).is_err());
}

#[test]
fn an_issuer_on_this_machine_may_name_addresses_on_it() {
    let text = document().to_string().replace("https://issuer.example", "http://127.0.0.1:8080");
    let read = Discovery::read(text.as_bytes(), "http://127.0.0.1:8080/realm").unwrap();
    assert_eq!(read.token_endpoint.as_str(), "http://127.0.0.1:8080/token");
    let elsewhere = text.replace("http://127.0.0.1:8080/token", "http://issuer.example/token");
    assert!(Discovery::read(elsewhere.as_bytes(), "http://127.0.0.1:8080/realm").is_err());
}

#[test]
fn its_address_follows_from_the_issuer() {
    for (issuer, address) in [
        ("https://accounts.google.com", "https://accounts.google.com/.well-known/openid-configuration"),
        ("https://t.auth0.com/", "https://t.auth0.com/.well-known/openid-configuration"),
        ("https://k.example/realms/a", "https://k.example/realms/a/.well-known/openid-configuration"),
    ] {
        assert_eq!(Discovery::address(issuer), address);
    }
}

proptest! {
    #[test]
    fn no_address_in_it_is_plain(name in "(authorization|token|userinfo)_endpoint|jwks_uri", url in "[a-z]{0,6}:?/?/?[ -~]{0,30}") {
        if let Ok(read) = read(&with(&name, json!(url))) {
            let all = [Some(read.authorization_endpoint), Some(read.token_endpoint), Some(read.jwks_uri), read.userinfo_endpoint];
            for url in all.into_iter().flatten() {
                prop_assert_eq!(url.scheme(), "https");
            }
        }
    }
}
