//! The second factor: set up and signed in with by pages and API, required of a role, lost and taken away.

use std::time::{Duration, SystemTime};

use chinwag_tests::api::{PASSWORD, Person};
use chinwag_tests::http::{Http, Reply};
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

/// Seconds for which a code is shown.
const STEP: u64 = 30;
/// How long a code may be on its way to the server.
const ON_ITS_WAY: Duration = Duration::from_secs(10);

/// What the owner of a second factor has: the app on their phone.
pub(crate) struct App {
    totp: Totp,
    /// The step of the last code that was used.
    used: u64,
}

impl App {
    /// One that was given this secret.
    fn with(secret: &str) -> Self {
        let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
        Self { totp: Builder::new().with_secret(secret).build().unwrap(), used: 0 }
    }

    /// A code that has not been used, and is still good when it comes to the server. At any time there are two or three; who
    /// needs more waits as people do.
    async fn code(&mut self) -> String {
        let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let step = ((now() + ON_ITS_WAY).as_secs() / STEP - 1).max(self.used + 1);
        let good_from = Duration::from_secs((step - 1) * STEP);
        if let Some(wait) = good_from.checked_sub(now()) {
            tokio::time::sleep(wait).await;
        }
        self.used = step;
        self.totp.generate(step * STEP).to_string()
    }
}

fn given(name: &str) -> Value {
    json!({"name": name, "password": PASSWORD})
}

/// Sets a second factor up; answers the app and the recovery codes.
pub(crate) async fn set_up(person: &mut Person) -> (App, Vec<String>) {
    let begun = person.http.post("/api/v1/account/second-factor/begin", &json!({})).await.expect(200);
    let mut app = App::with(begun["secret"].as_str().unwrap());
    let set = json!({"pending": begun["pending"], "code": app.code().await, "password": PASSWORD});
    let set = person.http.put("/api/v1/account/second-factor", &set).await.expect(200);
    let codes = set["recovery_codes"].as_array().unwrap();
    (app, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

/// The first step of signing in; answers with what the second goes on.
async fn half_way(server: &Server, name: &str) -> String {
    let answer = server.http().post("/api/v1/session", &given(name)).await;
    // A page that has asked goes on by the page for it.
    assert!(answer.header("set-cookie").starts_with("chinwag_pending="), "{answer:?}");
    answer.expect_error(401, "second_factor_required")["error"]["pending"].as_str().unwrap().to_owned()
}

async fn second_step(server: &Server, pending: &str, code: &str) -> Reply {
    server.http().post("/api/v1/session/second-factor", &json!({"pending": pending, "code": code})).await
}

#[tokio::test]
async fn a_password_alone_lets_nobody_in_any_more() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let absent = ada.http.get("/api/v1/account/second-factor").await.expect(200);
    assert_eq!(absent["second_factor"], Value::Null);
    let (mut app, _) = set_up(&mut ada).await;
    let present = ada.http.get("/api/v1/account/second-factor").await.expect(200);
    assert_eq!(present["second_factor"]["recovery_codes"], 10, "{present}");

    let pending = half_way(&server, "Ada").await;
    server.http().with_token(&pending).get("/api/v1/session").await.expect_error(401, "unauthenticated");
    let wrong =
        server.http().post("/api/v1/session", &json!({"name": "Ada", "password": "another one"})).await;
    wrong.expect_error(401, "bad_credentials");
    second_step(&server, &pending, "000000").await.expect_error(403, "code_wrong");
    let code = app.code().await;
    let signed_in = second_step(&server, &pending, &code).await.expect(200);
    assert_eq!(signed_in["user"]["id"], ada.id);
    server.http().with_token(signed_in["token"].as_str().unwrap()).get("/api/v1/session").await.expect(200);

    // What let somebody in lets nobody in again: neither the code nor the token of the first step.
    second_step(&server, &pending, &app.code().await).await.expect_error(403, "sign_in_over");
    second_step(&server, &half_way(&server, "Ada").await, &code).await.expect_error(403, "code_wrong");
}

#[tokio::test]
async fn codes_cannot_be_tried_at_will() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    set_up(&mut ada).await;
    let pending = half_way(&server, "Ada").await;
    let tries = (0..30).map(|_| second_step(&server, &pending, "000000"));
    let answers: Vec<u16> =
        futures_util::future::join_all(tries).await.iter().map(|reply| reply.status).collect();
    assert!(answers.iter().all(|status| matches!(status, 403 | 429)), "{answers:?}");
    assert!(answers.contains(&429), "{answers:?}");
    second_step(&server, &pending, "000000").await.expect_error(403, "sign_in_over");
    // Another beginning is no way round the wait.
    let again = half_way(&server, "Ada").await;
    second_step(&server, &again, "000000").await.expect_error(429, "rate_limited");
    // Nor is setting up: there is one already.
    let begun = ada.http.post("/api/v1/account/second-factor/begin", &json!({})).await.expect(200);
    let mut other = App::with(begun["secret"].as_str().unwrap());
    let set = json!({"pending": begun["pending"], "code": other.code().await, "password": PASSWORD});
    ada.http.put("/api/v1/account/second-factor", &set).await.expect_error(409, "second_factor_exists");
}

#[tokio::test]
async fn what_only_looks_like_a_good_code_pardons_nothing() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let (mut app, codes) = set_up(&mut ada).await;
    let used = app.code().await;
    second_step(&server, &half_way(&server, "Ada").await, &used).await.expect(200);
    let mut remove = async |code: &str| {
        let body = json!({"code": code, "password": PASSWORD}).to_string();
        let path = "/api/v1/account/second-factor";
        let reply = ada.http.send(hyper::Method::DELETE, path, Some("application/json"), body.into()).await;
        reply.json()["error"]["code"].as_str().unwrap_or("done").to_owned()
    };
    // Three are free.
    for code in ["000000", "000000", &used, "000000"] {
        assert_eq!(remove(code).await, "code_wrong");
    }
    assert_eq!(remove("aaaa-aaaa-aaaa-aaaa").await, "code_wrong", "it is no guess");
    // Each that is let through has the next wait twice as long: of three at once one waits, however slow it is here.
    let said = [remove("000000").await, remove("000000").await, remove("000000").await];
    assert!(said.contains(&"rate_limited".to_owned()), "{said:?}");
    // Who has a recovery code does not wait for what others have tried.
    second_step(&server, &half_way(&server, "Ada").await, &codes[0]).await.expect(200);
}

#[tokio::test]
async fn setting_up_takes_the_password_and_an_app_that_works() {
    let server = Server::start().await;
    let (mut ada, mut bob) = (Person::sign_up(&server, "Ada").await, Person::sign_up(&server, "Bob").await);
    let begun = ada.http.post("/api/v1/account/second-factor/begin", &json!({})).await.expect(200);
    assert!(begun["link"].as_str().unwrap().starts_with("otpauth://totp/Chinwag"), "{begun}");
    let mut app = App::with(begun["secret"].as_str().unwrap());
    let set =
        |code: &str, password: &str| json!({"pending": begun["pending"], "code": code, "password": password});
    let path = "/api/v1/account/second-factor";
    let code = app.code().await;
    ada.http.put(path, &set("000000", PASSWORD)).await.expect_error(403, "code_wrong");
    ada.http.put(path, &set(&code, "another one")).await.expect_error(403, "password_wrong");
    bob.http.put(path, &set(&code, PASSWORD)).await.expect_error(403, "set_up_over");
    half_way_is_not_asked(&server).await;
    ada.http.put(path, &set(&code, PASSWORD)).await.expect(200);
    ada.http.put(path, &set(&app.code().await, PASSWORD)).await.expect_error(403, "set_up_over");

    let remove = |code: &str, password: &str| json!({"code": code, "password": password}).to_string();
    let delete = async |http: &mut Http, body: String| {
        http.send(hyper::Method::DELETE, path, Some("application/json"), body.into()).await
    };
    delete(&mut ada.http, remove("000000", PASSWORD)).await.expect_error(403, "code_wrong");
    delete(&mut ada.http, remove(&code, PASSWORD)).await.expect_error(403, "code_wrong");
    delete(&mut ada.http, remove(&app.code().await, PASSWORD)).await.expect(200);
    half_way_is_not_asked(&server).await;
}

/// Ada's password lets her in.
async fn half_way_is_not_asked(server: &Server) {
    server.http().post("/api/v1/session", &given("Ada")).await.expect(200);
}

#[tokio::test]
async fn a_recovery_code_lets_in_once() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let (mut app, codes) = set_up(&mut ada).await;
    assert_eq!(codes.len(), 10);
    let typed = codes[0].to_uppercase().replace('-', " ");
    second_step(&server, &half_way(&server, "Ada").await, &typed).await.expect(200);
    second_step(&server, &half_way(&server, "Ada").await, &codes[0]).await.expect_error(403, "code_wrong");
    let left = ada.http.get("/api/v1/account/second-factor").await.expect(200);
    assert_eq!(left["second_factor"]["recovery_codes"], 9);

    let renew = json!({"code": app.code().await, "password": PASSWORD});
    let fresh = ada.http.post("/api/v1/account/second-factor/recovery-codes", &renew).await.expect(200);
    second_step(&server, &half_way(&server, "Ada").await, &codes[1]).await.expect_error(403, "code_wrong");
    let fresh = fresh["recovery_codes"][0].as_str().unwrap();
    second_step(&server, &half_way(&server, "Ada").await, fresh).await.expect(200);
}

#[tokio::test]
async fn it_is_set_up_and_signed_in_with_by_forms_alone() {
    let server = Server::start().await;
    let mut browser = server.http().with_header("accept", "text/html");
    browser.submit("/sign-up", &[("name", "Ada"), ("password", PASSWORD)]).await;
    let page = browser.get("/account/second-factor").await.text();
    assert!(page.contains("Set one up"), "{page}");
    let begun = browser.submit("/account/second-factor", &[("do", "begin")]).await.text();
    assert!(begun.contains("<svg class=\"qr\"") && begun.contains("otpauth://totp/"), "{begun}");
    let (token, secret) = (value_of(&begun, "name=\"token\""), value_of(&begun, "class=\"secret\""));
    let mut app = App::with(&secret);
    let set = |code: &str| {
        vec![
            ("do".to_owned(), "set".to_owned()),
            ("token".to_owned(), token.clone()),
            ("code".to_owned(), code.to_owned()),
            ("password".to_owned(), PASSWORD.to_owned()),
        ]
    };
    let refused = send(&mut browser, "/account/second-factor", &set("000000")).await;
    assert_eq!(
        (refused.status, value_of(&refused.text(), "class=\"secret\"")),
        (403, secret),
        "the same again"
    );
    let done = send(&mut browser, "/account/second-factor", &set(&app.code().await)).await.text();
    let codes: Vec<&str> =
        done.split("<li><code>").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    assert_eq!(codes.len(), 10, "{done}");
    assert!(!browser.get("/account/second-factor").await.text().contains(codes[0]), "they are shown once");

    let mut phone = server.http().with_header("accept", "text/html");
    let fields = [("name", "Ada"), ("password", PASSWORD), ("next", "/people")];
    let sent_on = phone.submit("/sign-in", &fields).await;
    assert_eq!((sent_on.status, sent_on.header("location")), (303, "/sign-in/second-factor?next=/people"));
    let cookie = sent_on.header("set-cookie");
    assert!(
        cookie.starts_with("chinwag_pending=")
            && cookie.contains("HttpOnly")
            && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    assert_eq!(phone.get("/people").await.status, 303, "half-way is not in");
    assert!(phone.get("/sign-in/second-factor?next=/people").await.text().contains("one-time-code"));
    let wrong = phone.submit("/sign-in/second-factor", &[("code", "000000"), ("next", "/people")]).await;
    assert!(wrong.status == 403 && wrong.text().contains("This code is wrong"), "{}", wrong.text());
    let right = [("code", codes[0]), ("next", "/people")];
    let signed_in = phone.submit("/sign-in/second-factor", &right).await;
    assert_eq!((signed_in.status, signed_in.header("location")), (303, "/people"));
    assert_eq!(phone.get("/people").await.status, 200);
    // Who comes by without having begun is shown where to.
    let lost = server.http().get("/sign-in/second-factor").await;
    assert_eq!(lost.header("location"), "/sign-in");
}

#[tokio::test]
async fn a_link_for_a_new_password_asks_for_it() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let (_, codes) = set_up(&mut ada).await;
    let link = server.command(&["user", "reset-link", "Ada"]).run();
    link.expect_success();
    let path = link.output.lines().next().unwrap().to_owned();
    let mut browser = server.http();
    let sent_on = browser.submit(&path, &[("password", "battery horse correct")]).await;
    assert_eq!(
        (sent_on.status, sent_on.header("location")),
        (303, "/sign-in/second-factor"),
        "{}",
        sent_on.text()
    );
    browser.get("/api/v1/session").await.expect_error(401, "unauthenticated");
    browser.submit("/sign-in/second-factor", &[("code", &codes[0])]).await;
    browser.get("/api/v1/session").await.expect(200);
}

#[tokio::test]
async fn a_role_that_needs_one_does_nothing_else_before() {
    let server = Server::start().await;
    let mut ada = Person::with_role(&server, "Ada", "administrator").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let mut open = Socket::connect(&server.address(), &ada.token).await;
    open.event_named("session:ready").await;
    let rule = json!({"second_factor": "staff"});
    ada.http.put("/api/v1/administration/settings", &rule).await.expect(200);

    ada.http.get("/api/v1/me").await.expect_error(403, "second_factor_missing");
    ada.http.get("/api/v1/administration/people").await.expect_error(403, "second_factor_missing");
    open.expect_error("person:list", &json!({}), "second_factor_missing").await;
    let refused = Socket::try_connect(&server.address(), &json!({"token": ada.token})).await.unwrap_err();
    assert!(format!("{refused:?}").contains("second_factor_missing"), "{refused:?}");
    let mut browser = server.http().with_header("accept", "text/html").with_token(&ada.token);
    for path in ["/rooms", "/administration/people", "/account", "/account/password"] {
        assert_eq!(browser.get(path).await.header("location"), "/account/second-factor", "{path}");
    }
    let page = browser.get("/account/second-factor").await;
    assert!(page.text().contains("Your role needs a second factor"), "{}", page.text());
    // Others are not meant, and find nothing changed.
    bob.http.get("/api/v1/me").await.expect(200);

    set_up(&mut ada).await;
    ada.http.get("/api/v1/administration/people").await.expect(200);
    open.expect("person:list", &json!({})).await;
    // Who has come to have the role has to as well, on a socket that was open before.
    let mut before = Socket::connect(&server.address(), &bob.token).await;
    before.event_named("session:ready").await;
    before.expect("me:load", &json!({})).await;
    let role = json!({"role": "moderator"});
    ada.http.put(&format!("/api/v1/administration/people/{}/role", bob.id), &role).await.expect(200);
    bob.http.get("/api/v1/me").await.expect_error(403, "second_factor_missing");
    before.expect_error("me:load", &json!({}), "second_factor_missing").await;
    bob.http.delete("/api/v1/session").await.expect(200);
}

#[tokio::test]
async fn who_has_lost_it_is_helped_by_an_administrator_or_at_the_command_line() {
    let server = Server::start().await;
    let mut ada = Person::with_role(&server, "Ada", "administrator").await;
    for by_command in [false, true] {
        let name = if by_command { "Bob" } else { "Eve" };
        let mut person = Person::sign_up(&server, name).await;
        set_up(&mut person).await;
        let path = format!("/administration/people/{}", person.id);
        let mut browser = server.http().with_header("accept", "text/html").with_token(&ada.token);
        assert!(browser.get(&path).await.text().contains("take_second_factor"));
        person.http.delete(&format!("/api/v1{path}/second-factor")).await.expect_error(403, "forbidden");
        if by_command {
            server.command(&["user", "take-second-factor", name]).run().expect_success();
        } else {
            ada.http.delete(&format!("/api/v1{path}/second-factor")).await.expect(200);
        }
        person.http.get("/api/v1/session").await.expect_error(401, "unauthenticated");
        Person::sign_in(&server, name).await;
        assert!(!browser.get(&path).await.text().contains("take_second_factor"));
    }
}

/// What is filled into the field of a page with this in its markup.
fn value_of(page: &str, field: &str) -> String {
    let found = page.split("<input").skip(1).find(|input| input.split('>').next().unwrap().contains(field));
    let value = found.unwrap_or_else(|| panic!("no {field}: {page}")).split("value=\"").nth(1).unwrap();
    value.split('"').next().unwrap().to_owned()
}

async fn send(browser: &mut Http, path: &str, fields: &[(String, String)]) -> Reply {
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.submit(path, &fields).await
}
