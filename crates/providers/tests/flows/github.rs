//! GitHub, as it documents its answers:
//! <https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps>,
//! <https://docs.github.com/en/rest/users/users>, <https://docs.github.com/en/rest/users/emails>.

use std::sync::{Arc, Mutex};

use chinwag_providers::{
    Callback, Email, Person, Provider, ProviderError, ProviderKind, ProviderSettings, Secret,
};
use serde_json::{Value, json};

use crate::site::{Asked, Reply, Site};
use crate::{BACK, finish_with, parameter, parameters, provider, query};

const TOKEN: &str = "gho_16C7e42F292c6912E7710c838347Ae178B4a";

/// What it answers.
#[derive(Clone)]
struct Answers {
    token: Reply,
    user: Reply,
    emails: Reply,
}

fn answers() -> Answers {
    let token = json!({"access_token": TOKEN, "scope": "user:email", "token_type": "bearer"});
    let emails = json!([
        {"email": "octocat@old.example", "primary": false, "verified": true, "visibility": null},
        {"email": "octocat@github.com", "primary": true, "verified": true, "visibility": "private"},
    ]);
    Answers {
        token: Reply::Json(200, token),
        user: Reply::Json(200, octocat()),
        emails: Reply::Json(200, emails),
    }
}

fn octocat() -> Value {
    json!({
        "login": "octocat", "id": 1, "node_id": "MDQ6VXNlcjE=",
        "avatar_url": "https://github.com/images/error/octocat_happy.gif", "gravatar_id": "",
        "url": "https://api.github.com/users/octocat", "html_url": "https://github.com/octocat",
        "type": "User", "user_view_type": "private", "site_admin": false, "name": "monalisa octocat",
        "company": "GitHub", "blog": "https://github.com/blog", "location": "San Francisco",
        "email": "public@github.com", "hireable": false, "bio": "There once was...",
        "twitter_username": "monatheoctocat", "public_repos": 2, "public_gists": 1, "followers": 20,
        "following": 0, "created_at": "2008-01-14T04:33:35Z", "updated_at": "2008-01-14T04:33:35Z",
        "two_factor_authentication": true, "plan": {"name": "Medium", "space": 400, "private_repos": 20},
    })
}

struct GitHub {
    site: Site,
    answers: Arc<Mutex<Answers>>,
}

impl GitHub {
    /// With its API where that of an Enterprise is.
    async fn start() -> Self {
        let answers = Arc::new(Mutex::new(answers()));
        let answering = answers.clone();
        let site = Site::start(|_| {
            move |asked: &Asked| {
                let answers = answering.lock().unwrap().clone();
                match (&*asked.method, &*asked.path) {
                    ("POST", "/login/oauth/access_token") => answers.token,
                    ("GET", "/api/v3/user") => answers.user,
                    ("GET", "/api/v3/user/emails") => answers.emails,
                    _ => Reply::Json(404, json!({"message": "Not Found", "status": "404"})),
                }
            }
        })
        .await;
        Self { site, answers }
    }

    fn settings(&self) -> ProviderSettings {
        ProviderSettings {
            name: "github".to_owned(),
            title: None,
            kind: ProviderKind::GitHub,
            url: Some(self.site.url.clone()),
            api_url: None,
            client_id: "Ov23liExample".to_owned(),
            client_secret: Some(Secret::new("the-client-secret")),
            scopes: Vec::new(),
        }
    }

    async fn sign_in(&self, change: impl FnOnce(&mut Answers)) -> Result<Person, ProviderError> {
        let mut changed = answers();
        change(&mut changed);
        *self.answers.lock().unwrap() = changed;
        let provider = provider(self.settings());
        let begun = provider.begin(BACK).await.unwrap();
        finish_with(&provider, &begun, "a1b2c3d4").await
    }

    fn mona(&self) -> Person {
        Person {
            issuer: self.site.url.clone(),
            subject: "1".to_owned(),
            name: Some("monalisa octocat".to_owned()),
            handle: Some("octocat".to_owned()),
            email: Some(Email { address: "octocat@github.com".to_owned(), verified: true }),
        }
    }
}

#[tokio::test]
async fn it_says_who_somebody_is() {
    let github = GitHub::start().await;
    assert_eq!(github.sign_in(|_| {}).await, Ok(github.mona()));
    let asked = &github.site.asked("/login/oauth/access_token")[0];
    let form = parameters(&asked.body);
    let names: Vec<_> = form.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret"]);
    assert_eq!(asked.header("authorization"), "");
    assert_eq!(asked.header("accept"), "application/json", "or it answers with a form");
    for path in ["/api/v3/user", "/api/v3/user/emails"] {
        let asked = &github.site.asked(path)[0];
        assert_eq!(asked.header("authorization"), format!("Bearer {TOKEN}"));
        assert!(asked.header("user-agent").starts_with("chinwag/"), "GitHub demands one");
    }
}

#[tokio::test]
async fn people_are_sent_to_the_right_place() {
    let github = GitHub::start().await;
    let settings = ProviderSettings { url: None, ..github.settings() };
    let provider = provider(settings);
    assert_eq!((provider.title(), provider.issuer()), ("GitHub", "https://github.com"));
    let begun = provider.begin(BACK).await.unwrap();
    assert!(begun.url.starts_with("https://github.com/login/oauth/authorize?"), "{}", begun.url);
    let query = query(&begun.url);
    assert_eq!(parameter(&query, "scope"), "user:email");
    assert_eq!(parameter(&query, "code_challenge_method"), "S256");
    assert_eq!(parameter(&query, "code_challenge").len(), 43);
    assert!(parameters(&query).iter().all(|(name, _)| name != "nonce"), "it is none of OpenID Connect");
}

#[tokio::test]
async fn an_address_may_be_missing() {
    let github = GitHub::start().await;
    let without = Ok(Person { email: None, ..github.mona() });
    for emails in [
        Reply::Json(
            404,
            json!({"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}),
        ),
        Reply::Json(403, json!({"message": "Resource not accessible by integration", "status": "403"})),
        Reply::Json(200, json!([])),
        Reply::Json(
            200,
            json!([{"email": "a@b.example", "primary": false, "verified": true, "visibility": null}]),
        ),
    ] {
        assert_eq!(github.sign_in(|answers| answers.emails = emails.clone()).await, without, "{emails:?}");
    }
    let unverified =
        json!([{"email": "octocat@github.com", "primary": true, "verified": false, "visibility": null}]);
    let person = github.sign_in(|answers| answers.emails = Reply::Json(200, unverified)).await.unwrap();
    assert_eq!(person.email, Some(Email { address: "octocat@github.com".to_owned(), verified: false }));
    let failed =
        github.sign_in(|answers| answers.emails = Reply::Json(502, json!({"message": "Server Error"}))).await;
    assert_eq!(failed, Err(ProviderError::Unavailable), "one that is not known is not none");
}

#[tokio::test]
async fn a_name_may_be_missing() {
    let github = GitHub::start().await;
    let mut user = octocat();
    user["name"] = Value::Null;
    user["email"] = Value::Null;
    let person = github.sign_in(|answers| answers.user = Reply::Json(200, user)).await;
    assert_eq!(person, Ok(Person { name: None, ..github.mona() }));
}

/// They come with status 200.
#[tokio::test]
async fn its_errors_have_a_meaning() {
    let github = GitHub::start().await;
    for (error, description, meaning) in [
        ("bad_verification_code", "The code passed is incorrect or expired.", ProviderError::CodeExpired),
        (
            "incorrect_client_credentials",
            "The client_id and/or client_secret passed are incorrect.",
            ProviderError::Misconfigured,
        ),
        (
            "redirect_uri_mismatch",
            "The redirect_uri MUST match the registered callback URL for this application.",
            ProviderError::Misconfigured,
        ),
        (
            "unverified_user_email",
            "The user must have a verified primary email.",
            ProviderError::EmailUnconfirmed,
        ),
    ] {
        let body = json!({"error": error, "error_description": description, "error_uri": "/apps/managing-oauth-apps"});
        let outcome = github.sign_in(|answers| answers.token = Reply::Json(200, body)).await;
        assert_eq!(outcome, Err(meaning), "{error}");
    }
    let form = Reply::Text(
        200,
        "application/x-www-form-urlencoded",
        format!("access_token={TOKEN}&token_type=bearer"),
    );
    assert_eq!(github.sign_in(|answers| answers.token = form).await, Err(ProviderError::Unavailable));
    let revoked = Reply::Json(401, json!({"message": "Bad credentials", "status": "401"}));
    assert_eq!(github.sign_in(|answers| answers.user = revoked).await, Err(ProviderError::Unavailable));
}

#[tokio::test]
async fn who_says_no_comes_back_with_it() {
    let github = GitHub::start().await;
    let outcome = come_back(
        &provider(github.settings()),
        "error=access_denied&error_description=The+user+has+denied+your+application+access.\
         &error_uri=%2Fapps%2Fbuilding-oauth-apps%2Ftroubleshooting-authorization-request-errors%2F%23access-denied",
    )
    .await;
    assert_eq!(outcome, Err(ProviderError::Refused));
    assert!(github.site.asked("/login/oauth/access_token").is_empty());
}

async fn come_back(provider: &Provider, query: &str) -> Result<Person, ProviderError> {
    let begun = provider.begin(BACK).await.unwrap();
    let query = format!("{query}&state={}", begun.pending.state);
    provider.finish(BACK, &Callback::parse(&query).unwrap(), &begun.pending).await
}

/// It has sent `iss` since April 2026. What an Enterprise would send is not documented.
#[tokio::test]
async fn what_it_calls_itself_is_compared() {
    let github = GitHub::start().await;
    let elsewhere = "code=a&iss=https%3A%2F%2Fattacker.example";
    let enterprise = come_back(&provider(github.settings()), elsewhere).await;
    assert_eq!(enterprise, Ok(github.mona()));
    let public = ProviderSettings { url: None, ..github.settings() };
    assert_eq!(come_back(&provider(public), elsewhere).await, Err(ProviderError::CallbackInvalid));
}
