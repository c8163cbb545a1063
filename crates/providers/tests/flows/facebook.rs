//! Facebook, as it documents its answers:
//! <https://developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow>,
//! <https://developers.facebook.com/docs/graph-api/guides/error-handling>.

use std::sync::{Arc, Mutex};

use chinwag_providers::{Callback, Email, Person, ProviderError, ProviderKind, ProviderSettings, Secret};
use serde_json::{Value, json};

use crate::site::{Asked, Reply, Site};
use crate::{BACK, finish_with, parameter, provider, query};

const SECRET: &str = "Jefe";
const TOKEN: &str = "what-do-ya-want-for-nothing?";
/// The one signed by the other, as Python's `hmac` does it.
const PROOF: &str = "5a009baf454799a316a08e0261c4c31a58f951f1436904b5a7a883706501d927";

struct Facebook {
    site: Site,
    token: Arc<Mutex<Reply>>,
    me: Arc<Mutex<Reply>>,
}

fn token() -> Reply {
    Reply::Json(200, json!({"access_token": TOKEN, "token_type": "bearer", "expires_in": 5_183_944}))
}

fn person(more: &Value) -> Value {
    let mut person = json!({"id": "10158123456789012", "name": "Open Graph Test User"});
    person.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    person
}

fn error(code: i64, message: &str) -> Reply {
    let error =
        json!({"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "EJplcsCHuLu"});
    Reply::Json(400, json!({"error": error}))
}

impl Facebook {
    async fn start() -> Self {
        let (token, me) = (Arc::new(Mutex::new(token())), Arc::new(Mutex::new(Reply::Json(200, json!({})))));
        let (answer, about) = (token.clone(), me.clone());
        let site = Site::start(|_| {
            move |asked: &Asked| match (&*asked.method, &*asked.path) {
                ("POST", "/v25.0/oauth/access_token") => answer.lock().unwrap().clone(),
                ("GET", "/v25.0/me") => about.lock().unwrap().clone(),
                _ => error(2500, "Unknown path components"),
            }
        })
        .await;
        Self { site, token, me }
    }

    fn settings(&self) -> ProviderSettings {
        ProviderSettings {
            name: "facebook".to_owned(),
            title: None,
            kind: ProviderKind::Facebook,
            url: None,
            api_url: Some(self.site.url.clone()),
            client_id: "123456789".to_owned(),
            client_secret: Some(Secret::new(SECRET)),
            scopes: Vec::new(),
        }
    }

    async fn sign_in(&self, token: Reply, me: Reply) -> Result<Person, ProviderError> {
        *self.token.lock().unwrap() = token;
        *self.me.lock().unwrap() = me;
        let provider = provider(self.settings());
        let begun = provider.begin(BACK).await.unwrap();
        finish_with(&provider, &begun, "AQDx").await
    }
}

#[tokio::test]
async fn it_says_who_somebody_is() {
    let facebook = Facebook::start().await;
    let me = Reply::Json(200, person(&json!({"email": "open_wgfjvsv_user@tfbnw.net"})));
    let somebody = Person {
        issuer: "https://www.facebook.com".to_owned(),
        subject: "10158123456789012".to_owned(),
        name: Some("Open Graph Test User".to_owned()),
        handle: None,
        email: Some(Email { address: "open_wgfjvsv_user@tfbnw.net".to_owned(), verified: false }),
    };
    assert_eq!(facebook.sign_in(token(), me).await, Ok(somebody.clone()));
    let asked = &facebook.site.asked("/v25.0/oauth/access_token")[0];
    assert_eq!(parameter(&asked.body, "client_secret"), SECRET);
    assert_eq!(parameter(&asked.body, "code"), "AQDx");
    let asked = &facebook.site.asked("/v25.0/me")[0];
    assert_eq!(asked.header("authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(parameter(&asked.query, "fields"), "id,name,email");
    assert_eq!(parameter(&asked.query, "appsecret_proof"), PROOF);
    // Who has no confirmed address, or does not let it be told, has none.
    let without = facebook.sign_in(token(), Reply::Json(200, person(&json!({})))).await;
    assert_eq!(without, Ok(Person { email: None, ..somebody }));
}

#[tokio::test]
async fn people_are_sent_to_the_right_place() {
    let facebook = Facebook::start().await;
    let provider = provider(facebook.settings());
    let begun = provider.begin(BACK).await.unwrap();
    assert!(begun.url.starts_with("https://www.facebook.com/v25.0/dialog/oauth?"), "{}", begun.url);
    assert_eq!(parameter(&query(&begun.url), "scope"), "public_profile email");
    assert_eq!(parameter(&query(&begun.url), "state"), begun.pending.state);
}

#[tokio::test]
async fn who_says_no_comes_back_with_it() {
    let facebook = Facebook::start().await;
    let provider = provider(facebook.settings());
    let begun = provider.begin(BACK).await.unwrap();
    let query = format!(
        "error_reason=user_denied&error=access_denied&error_description=Permissions+error.&state={}",
        begun.pending.state
    );
    let outcome = provider.finish(BACK, &Callback::parse(&query).unwrap(), &begun.pending).await;
    assert_eq!(outcome, Err(ProviderError::Refused));
    assert!(facebook.site.asked("/v25.0/oauth/access_token").is_empty());
}

#[tokio::test]
async fn its_errors_have_a_meaning() {
    let facebook = Facebook::start().await;
    for (code, message, meaning) in [
        (100, "This authorization code has been used.", ProviderError::CodeExpired),
        (100, "This authorization code has expired.", ProviderError::CodeExpired),
        (101, "Error validating application. Invalid application ID.", ProviderError::Misconfigured),
        (1, "Error validating client secret.", ProviderError::Misconfigured),
        (2, "Service temporarily unavailable", ProviderError::Unavailable),
    ] {
        let outcome = facebook.sign_in(error(code, message), Reply::Json(200, person(&json!({})))).await;
        assert_eq!(outcome, Err(meaning), "{message}");
    }
    for me in [
        error(190, "Invalid OAuth access token - Cannot parse access token"),
        error(100, "API calls from the server require an appsecret_proof argument"),
        Reply::Json(200, json!({"name": "nobody"})),
        Reply::Json(200, json!({"id": 7})),
    ] {
        assert_eq!(facebook.sign_in(token(), me.clone()).await, Err(ProviderError::Unavailable), "{me:?}");
    }
}
