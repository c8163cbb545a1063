//! An issuer of OpenID Connect that does as it should.

use std::sync::Arc;

use chinwag_providers::{Callback, Email, Person, ProviderError, ProviderKind, ProviderSettings};
use serde_json::json;

use crate::issuer::{Issuer, SUBJECT};
use crate::site::Reply;
use crate::{BACK, finish_with, parameter, parameters, provider, query};

fn jane(issuer: &Issuer) -> Person {
    Person {
        issuer: issuer.site.url.clone(),
        subject: SUBJECT.to_owned(),
        name: Some("Jane Doe".to_owned()),
        handle: Some("j.doe".to_owned()),
        email: Some(Email { address: "janedoe@example.com".to_owned(), verified: true }),
    }
}

#[tokio::test]
async fn it_says_who_somebody_is() {
    let issuer = Issuer::start().await;
    let provider = issuer.provider();
    assert_eq!(issuer.sign_in(&provider).await, Ok(jane(&issuer)));
    assert_eq!(issuer.sign_in(&provider).await, Ok(jane(&issuer)));
    assert_eq!(issuer.site.asked("/.well-known/openid-configuration").len(), 1, "it is kept");
    assert_eq!(issuer.asked_for_keys(), 1, "they are kept");
    assert!(issuer.site.asked("/userinfo").is_empty(), "everything was said");
    let asked = &issuer.site.asked("/token")[0];
    assert_eq!(asked.header("user-agent"), concat!("chinwag/", env!("CARGO_PKG_VERSION")));
    assert_eq!(asked.header("accept"), "application/json");
}

/// As a server has it, where a browser that goes away must not cut off what was begun.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_may_go_on_in_a_task_of_its_own() {
    let issuer = Issuer::start().await;
    let provider = Arc::new(issuer.provider());
    let begun = provider.begin(BACK).await.unwrap();
    let callback = Callback::parse(&issuer.authorize(&begun)).unwrap();
    let finishing = tokio::spawn(async move { provider.finish(BACK, &callback, &begun.pending).await });
    assert_eq!(finishing.await.unwrap(), Ok(jane(&issuer)));
}

#[tokio::test]
async fn every_sign_in_has_a_state_a_nonce_and_a_challenge_of_its_own() {
    let issuer = Issuer::start().await;
    let provider = issuer.provider();
    let (one, other) = (provider.begin(BACK).await.unwrap(), provider.begin(BACK).await.unwrap());
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(parameter(&query(&one.url), name), parameter(&query(&other.url), name), "{name}");
    }
    assert!(!one.url.contains(&one.pending.verifier));
    assert_eq!(parameter(&query(&one.url), "state"), one.pending.state);
}

#[tokio::test]
async fn more_may_be_asked_for_and_addresses_may_have_a_query() {
    let issuer = Issuer::start().await;
    let url = issuer.site.url.clone();
    issuer.change(|rules| {
        rules.discovery = json!({"authorization_endpoint": format!("{url}/authorize?tenant=a%26b")});
    });
    let scopes = ["groups", "email"].map(str::to_owned).to_vec();
    let provider = provider(ProviderSettings { scopes, ..issuer.settings() });
    let begun = provider.begin("https://chat.example/back?a=b&c=d").await.unwrap();
    let query = query(&begun.url);
    assert_eq!(parameter(&query, "scope"), "openid profile email groups");
    assert_eq!(parameter(&query, "tenant"), "a&b");
    assert_eq!(parameter(&query, "redirect_uri"), "https://chat.example/back?a=b&c=d");
    assert_eq!(parameters(&query).len(), 9);
}

#[tokio::test]
async fn clients_show_who_they_are_as_the_issuer_wants_it() {
    for (methods, authentication) in [
        (json!(["client_secret_post", "client_secret_basic"]), "basic"),
        (json!(["private_key_jwt", "client_secret_post"]), "post"),
    ] {
        let issuer = Issuer::with(|rules| {
            rules.authentication = authentication;
            rules.discovery = json!({"token_endpoint_auth_methods_supported": methods});
        })
        .await;
        assert_eq!(issuer.sign_in(&issuer.provider()).await, Ok(jane(&issuer)), "{authentication}");
    }
    let issuer =
        Issuer::with(|rules| rules.discovery = json!({"token_endpoint_auth_methods_supported": ["none"]}))
            .await;
    assert_eq!(issuer.sign_in(&issuer.provider()).await, Err(ProviderError::Misconfigured));
}

#[tokio::test]
async fn a_client_without_a_secret_has_pkce_alone() {
    let issuer = Issuer::with(|rules| rules.authentication = "none").await;
    let public = provider(ProviderSettings { client_secret: None, ..issuer.settings() });
    assert_eq!(issuer.sign_in(&public).await, Ok(jane(&issuer)));
    assert_eq!(issuer.site.asked("/token")[0].header("authorization"), "");
}

#[tokio::test]
async fn a_wrong_secret_is_an_error_of_the_set_up() {
    let issuer = Issuer::start().await;
    let client_secret = Some(chinwag_providers::Secret::new("another"));
    let wrong = provider(ProviderSettings { client_secret, ..issuer.settings() });
    assert_eq!(issuer.sign_in(&wrong).await, Err(ProviderError::Misconfigured));
    let html = Reply::Text(401, "text/html", "<h1>Unauthorized</h1>".to_owned());
    issuer.change(|rules| drop(rules.replies.insert("/token", html)));
    assert_eq!(issuer.sign_in(&wrong).await, Err(ProviderError::Misconfigured));
}

#[tokio::test]
async fn a_code_is_good_once_and_for_who_has_begun() {
    let issuer = Issuer::start().await;
    let provider = issuer.provider();
    let begun = provider.begin(BACK).await.unwrap();
    let callback = Callback::parse(&issuer.authorize(&begun)).unwrap();
    assert_eq!(provider.finish(BACK, &callback, &begun.pending).await, Ok(jane(&issuer)));
    let again = provider.finish(BACK, &callback, &begun.pending).await;
    assert_eq!(again, Err(ProviderError::CodeExpired));
    let made_up = finish_with(&provider, &begun, "made-up").await;
    assert_eq!(made_up, Err(ProviderError::CodeExpired));

    let (mine, theirs) = (provider.begin(BACK).await.unwrap(), provider.begin(BACK).await.unwrap());
    let stolen = parameter(&issuer.authorize(&theirs), "code").replace('+', "%2B");
    let used = finish_with(&provider, &mine, &stolen).await;
    assert_eq!(used, Err(ProviderError::CodeExpired), "it was begun with another verifier");
    let theirs = Callback::parse(&issuer.authorize(&theirs)).unwrap();
    let crossed = provider.finish(BACK, &theirs, &mine.pending).await;
    assert_eq!(crossed, Err(ProviderError::StateUnknown));
}

#[tokio::test]
async fn who_says_no_is_asked_nothing_more() {
    let issuer = Issuer::start().await;
    let provider = issuer.provider();
    let begun = provider.begin(BACK).await.unwrap();
    let no = format!("error=access_denied&error_description=no&state={}", begun.pending.state);
    let refused = provider.finish(BACK, &Callback::parse(&no).unwrap(), &begun.pending).await;
    assert_eq!(refused, Err(ProviderError::Refused));
    assert!(issuer.site.asked("/token").is_empty());
}

/// RFC 9207.
#[tokio::test]
async fn the_issuer_that_the_browser_comes_back_from_is_compared() {
    let issuer = Issuer::start().await;
    let url = issuer.site.url.clone();
    let come_back = async |iss: Option<&str>| {
        let provider = issuer.provider();
        let begun = provider.begin(BACK).await.unwrap();
        let mut query = issuer.authorize(&begun);
        if let Some(iss) = iss {
            query.push_str(&format!("&iss={iss}"));
        }
        provider.finish(BACK, &Callback::parse(&query).unwrap(), &begun.pending).await.map(drop)
    };
    assert_eq!(come_back(Some(&url)).await, Ok(()));
    assert_eq!(come_back(Some("https://attacker.example")).await, Err(ProviderError::CallbackInvalid));
    assert_eq!(come_back(None).await, Ok(()));
    issuer.change(|rules| rules.discovery = json!({"authorization_response_iss_parameter_supported": true}));
    assert_eq!(come_back(Some(&url)).await, Ok(()));
    assert_eq!(come_back(None).await, Err(ProviderError::CallbackInvalid), "it always says so");
    assert_eq!(issuer.site.asked("/token").len(), 3, "no code goes to whom it is not from");
}

#[tokio::test]
async fn what_the_id_token_does_not_say_is_asked_for() {
    let issuer = Issuer::with(|rules| {
        rules.forge = Box::new(|forged| {
            for claim in ["name", "preferred_username", "email", "email_verified"] {
                forged.claims.as_object_mut().unwrap().remove(claim);
            }
        });
        let info = json!({
            "sub": SUBJECT, "name": "Jane Doe", "preferred_username": "j.doe",
            "email": "janedoe@example.com", "email_verified": "true",
        });
        rules.user_info = Reply::Json(200, info);
    })
    .await;
    assert_eq!(issuer.sign_in(&issuer.provider()).await, Ok(jane(&issuer)));
    issuer.change(|rules| rules.user_info = Reply::Json(200, json!({"sub": SUBJECT})));
    let nameless = issuer.sign_in(&issuer.provider()).await.unwrap();
    assert_eq!(nameless, Person { name: None, handle: None, email: None, ..jane(&issuer) });
}

/// OpenID Connect Core, section 5.3.2.
#[tokio::test]
async fn what_is_said_about_somebody_else_is_not_believed() {
    let issuer = Issuer::with(|rules| {
        rules.forge = Box::new(|forged| drop(forged.claims.as_object_mut().unwrap().remove("email")));
        rules.user_info = Reply::Json(200, json!({"sub": "another", "email": "boss@example.com"}));
    })
    .await;
    assert_eq!(issuer.sign_in(&issuer.provider()).await, Err(ProviderError::TokenInvalid));
    for (reply, outcome) in [
        (Reply::Json(200, json!({"email": "boss@example.com"})), Err(ProviderError::Unavailable)),
        (Reply::Json(500, json!({})), Err(ProviderError::Unavailable)),
        (Reply::Json(401, json!({})), Ok(Person { email: None, ..jane(&issuer) })),
        (
            Reply::Json(403, json!({"error": "insufficient_scope"})),
            Ok(Person { email: None, ..jane(&issuer) }),
        ),
    ] {
        issuer.change(|rules| rules.user_info = reply.clone());
        assert_eq!(issuer.sign_in(&issuer.provider()).await, outcome, "{reply:?}");
    }
}

/// As Google's discovery document has it.
#[tokio::test]
async fn handles_are_not_asked_for_where_there_are_none() {
    let issuer = Issuer::with(|rules| {
        rules.forge =
            Box::new(|forged| drop(forged.claims.as_object_mut().unwrap().remove("preferred_username")));
        rules.discovery = json!({"claims_supported": ["aud", "email", "email_verified", "exp", "iat", "iss", "name", "sub"]});
    })
    .await;
    let google = provider(ProviderSettings { kind: ProviderKind::Google, title: None, ..issuer.settings() });
    assert_eq!(google.title(), "Google");
    assert_eq!(issuer.sign_in(&google).await, Ok(Person { handle: None, ..jane(&issuer) }));
    assert!(issuer.site.asked("/userinfo").is_empty());
}

#[tokio::test]
async fn an_issuer_that_says_it_is_another_is_not_believed() {
    let issuer =
        Issuer::with(|rules| rules.discovery = json!({"issuer": "https://accounts.google.com"})).await;
    assert_eq!(issuer.provider().begin(BACK).await.err(), Some(ProviderError::Unavailable));
    let elsewhere = json!({"token_endpoint": "http://token.example/"});
    let issuer = Issuer::with(|rules| rules.discovery = elsewhere).await;
    assert_eq!(issuer.provider().begin(BACK).await.err(), Some(ProviderError::Unavailable));
}
