//! Issuers that take new keys.

use chinwag_providers::ProviderError;
use serde_json::json;

use crate::issuer::Issuer;
use crate::keys;

const INVALID: ProviderError = ProviderError::TokenInvalid;

#[tokio::test]
async fn new_keys_are_fetched_once() {
    let issuer = Issuer::start().await;
    let provider = issuer.provider();
    issuer.sign_in(&provider).await.unwrap();
    assert_eq!(issuer.asked_for_keys(), 1);
    issuer.change(|rules| {
        rules.keys = json!({"keys": [keys::OTHER_RSA.public(), keys::RSA.public()]});
        rules.key = keys::OTHER_RSA.clone();
    });
    issuer.sign_in(&provider).await.unwrap();
    assert_eq!(issuer.asked_for_keys(), 2);
    issuer.sign_in(&provider).await.unwrap();
    issuer.change(|rules| rules.key = keys::RSA.clone());
    issuer.sign_in(&provider).await.unwrap();
    assert_eq!(issuer.asked_for_keys(), 2);
}

#[tokio::test]
async fn a_key_that_there_is_not_does_not_make_us_ask_again_and_again() {
    let issuer =
        Issuer::with(|rules| rules.forge = Box::new(|forged| forged.header["kid"] = json!("nowhere"))).await;
    let provider = issuer.provider();
    for _ in 0..5 {
        assert_eq!(issuer.sign_in(&provider).await.map(drop), Err(INVALID));
        assert_eq!(issuer.asked_for_keys(), 2, "one because there were none, one more because of the name");
    }
    issuer.change(|rules| rules.forge = Box::new(|_| {}));
    issuer.sign_in(&provider).await.unwrap();
    assert_eq!(issuer.asked_for_keys(), 2);
}

#[tokio::test]
async fn many_who_need_new_keys_at_once_ask_once() {
    let issuer = Issuer::start().await;
    let provider = issuer.provider();
    issuer.sign_in(&provider).await.unwrap();
    issuer.change(|rules| {
        rules.keys = json!({"keys": [keys::OTHER_RSA.public()]});
        rules.key = keys::OTHER_RSA.clone();
    });
    let all = futures_util::future::join_all((0..20).map(|_| issuer.sign_in(&provider))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(issuer.asked_for_keys(), 2);
}

#[tokio::test]
async fn keys_without_names_work_while_there_is_one() {
    let issuer = Issuer::with(|rules| {
        rules.keys = json!({"keys": [keys::RSA.nameless(), keys::P256.nameless()]});
        rules.forge = Box::new(|forged| drop(forged.header.as_object_mut().unwrap().remove("kid")));
    })
    .await;
    let provider = issuer.provider();
    issuer.sign_in(&provider).await.unwrap();
    issuer.change(|rules| {
        rules.keys = json!({"keys": [keys::OTHER_RSA.nameless()]});
        rules.key = keys::OTHER_RSA.clone();
    });
    issuer.sign_in(&provider).await.unwrap();
    assert_eq!(issuer.asked_for_keys(), 2, "and then another");
    let two = json!({"keys": [keys::RSA.nameless(), keys::OTHER_RSA.nameless()]});
    issuer.change(|rules| rules.keys = two);
    assert_eq!(issuer.sign_in(&issuer.provider()).await.map(drop), Err(INVALID), "which of them?");
}
