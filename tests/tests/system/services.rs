//! Signing in by another service, a real issuer of OpenID Connect: accounts that are made and come back to, by the rules of
//! sign-up.

use std::fs;

use chinwag_tests::api::Person;
use chinwag_tests::http::{Http, Reply};
use chinwag_tests::issuer::Issuer;
use chinwag_tests::server::Server;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::second_factor::set_up;

mod linking;
mod refused;

/// A server, and the service by which people sign in to it.
struct Services {
    server: Server,
    issuer: Issuer,
    /// The configuration and the secret.
    _folder: TempDir,
}

impl Services {
    /// Both, as they are set up most simply.
    async fn start() -> Self {
        Self::with("", &[]).await
    }

    /// Both, with these lines in the table of the service, and these variables for the server.
    async fn with(lines: &str, variables: &[(&str, &str)]) -> Self {
        let mut issuer = Issuer::away();
        let folder = TempDir::new().unwrap();
        let (file, secret) = (folder.path().join("chinwag.toml"), folder.path().join("secret"));
        fs::write(&secret, format!("{}\n", Issuer::CLIENT_SECRET)).unwrap();
        let (url, secret) = (issuer.url(), secret.display());
        let table =
            format!("kind = \"openid\"\ntitle = \"Corp\"\nurl = \"{url}\"\nclient-id = \"chinwag\"\n");
        let text = format!("[providers.corp]\n{table}client-secret-file = \"{secret}\"\n{lines}\n");
        fs::write(&file, text).unwrap();
        let setup = Server::with().env("CHINWAG_CONFIG", &file.display().to_string());
        let server =
            variables.iter().fold(setup, |setup, (name, value)| setup.env(name, value)).start().await;
        issuer.start(&format!("http://{}/sign-in/with/corp/callback", server.address()));
        Self { server, issuer, _folder: folder }
    }

    /// Somebody's browser.
    fn browser(&self) -> Http {
        self.server.http().with_header("accept", "text/html")
    }

    /// Goes to the service from the page for signing in, as somebody who is known there by that name; answers where it sends them
    /// back to.
    async fn go(&self, browser: &mut Http, name: &str) -> String {
        self.go_from(browser, "/sign-in/with/corp", &[("next", "/people")], name).await
    }

    /// The same by another form.
    async fn go_from(&self, browser: &mut Http, path: &str, form: &[(&str, &str)], name: &str) -> String {
        let page = browser.submit(path, form).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let back = self.issuer.visit(&sent_to(&page.text()), name).await;
        let here = format!("http://{}", self.server.address());
        back.strip_prefix(&here).unwrap_or_else(|| panic!("sent to another site: {back}")).to_owned()
    }

    /// Goes there and comes back.
    async fn come_by(&self, browser: &mut Http, name: &str) -> Reply {
        let back = self.go(browser, name).await;
        browser.get(&back).await
    }

    /// Makes an account by the service, under the name that is suggested.
    async fn newcomer(&self, name: &str) -> Http {
        let mut browser = self.browser();
        let reply = self.come_by(&mut browser, name).await;
        assert_eq!(
            (reply.status, reply.header("location")),
            (303, "/sign-up/choose-name"),
            "{}",
            reply.text()
        );
        let made = browser.submit("/sign-up/choose-name", &[("name", name)]).await;
        assert_eq!((made.status, made.header("location")), (303, "/people"), "{}", made.text());
        browser
    }

    /// What the page says by which one's services are linked.
    async fn page(&self, browser: &mut Http) -> String {
        let page = browser.get("/account/services").await;
        assert_eq!(page.status, 200);
        page.text()
    }
}

/// Where the page on the way out sends a browser.
fn sent_to(page: &str) -> String {
    let (_, rest) = page.split_once("content=\"0; url=").unwrap_or_else(|| panic!("it goes nowhere: {page}"));
    rest.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
}

/// Who is signed in in a browser.
async fn who(browser: &mut Http) -> Option<String> {
    let session = browser.get("/api/v1/session").await;
    session.json()["user"]["name"].as_str().map(str::to_owned)
}

/// Fails unless nobody is signed in and somebody is told this.
#[track_caller]
fn assert_told(reply: &Reply, status: u16, sentence: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    let page = reply.text();
    assert!(page.contains(sentence), "not told \"{sentence}\": {page}");
    assert!(!reply.header("set-cookie").contains("chinwag_session="), "{}", reply.header("set-cookie"));
}

#[tokio::test]
async fn the_first_time_makes_an_account_and_the_next_signs_in_to_it() {
    let services = Services::start().await;
    let mut browser = services.browser();
    assert!(browser.get("/sign-in").await.text().contains("Continue with Corp"));
    let reply = services.come_by(&mut browser, "ann").await;
    assert_eq!((reply.status, reply.header("location")), (303, "/sign-up/choose-name"));
    assert_eq!(who(&mut browser).await, None, "nobody is in before they have chosen");
    let page = browser.get("/sign-up/choose-name").await.text();
    assert!(page.contains("You come by Corp") && page.contains("name=\"name\" value=\"ann\""), "{page}");
    let made = browser.submit("/sign-up/choose-name", &[("name", "Ann Bly")]).await;
    assert_eq!((made.status, made.header("location")), (303, "/people"), "{}", made.text());
    assert_eq!(who(&mut browser).await.as_deref(), Some("Ann Bly"));
    let page = services.page(&mut browser).await;
    assert!(page.contains("<strong>Corp</strong> <span dir=\"auto\">ann</span>"), "{page}");
    // The page on which the name was chosen makes no second account.
    let again = browser.submit("/sign-up/choose-name", &[("name", "Another")]).await;
    assert_ne!(again.header("location"), "/people", "{}", again.text());

    services.issuer.tell("people/ann", &json!({"preferred_username": "ann.bly"})).await;
    let mut phone = services.browser();
    let reply = services.come_by(&mut phone, "ann").await;
    assert_eq!((reply.status, reply.header("location")), (303, "/people"), "{}", reply.text());
    assert_eq!(who(&mut phone).await.as_deref(), Some("Ann Bly"));
    let page = services.page(&mut phone).await;
    assert!(page.contains("<span dir=\"auto\">ann.bly</span>"), "{page}");
}

#[tokio::test]
async fn a_name_that_is_taken_comes_back_with_a_sentence() {
    let services = Services::start().await;
    Person::sign_up(&services.server, "ann").await;
    let mut browser = services.browser();
    services.come_by(&mut browser, "ann").await;
    let taken = browser.submit("/sign-up/choose-name", &[("name", "ANN")]).await;
    assert_told(&taken, 409, "is taken. Choose another.");
    assert!(taken.text().contains("value=\"ANN\""), "{}", taken.text());
    let made = browser.submit("/sign-up/choose-name", &[("name", "ann2")]).await;
    assert_eq!(made.status, 303, "{}", made.text());
    assert_eq!(who(&mut browser).await.as_deref(), Some("ann2"));
}

#[tokio::test]
async fn where_sign_up_is_closed_nobody_new_comes_in() {
    let services = Services::start().await;
    drop(services.newcomer("ann").await);
    let mut root = Person::with_role(&services.server, "Root", "administrator").await;
    let closed = json!({"sign_up": "closed"});
    root.http.put("/api/v1/administration/settings", &closed).await.expect(200);
    let mut browser = services.browser();
    services.come_by(&mut browser, "bob").await;
    let refused = browser.submit("/sign-up/choose-name", &[("name", "bob")]).await;
    assert_told(&refused, 403, "Accounts are not made this way here.");
    // Who has an account is not new.
    assert_eq!(services.come_by(&mut browser, "ann").await.header("location"), "/people");
}

#[tokio::test]
async fn an_invitation_goes_along() {
    let services = Services::with("", &[("CHINWAG_SIGN_UP", "invitation")]).await;
    let mut root = Person::with_role(&services.server, "Root", "administrator").await;
    let invite = json!({"uses": 1, "hours": 1});
    let made = root.http.post("/api/v1/administration/invitations", &invite).await;
    assert!(made.status < 300, "{}", made.text());
    let path = made.json()["path"].as_str().unwrap().to_owned();
    let secret = path.rsplit('/').next().unwrap();

    let mut without = services.browser();
    services.come_by(&mut without, "bob").await;
    let refused = without.submit("/sign-up/choose-name", &[("name", "bob")]).await;
    assert_told(&refused, 403, "Accounts are not made this way here.");

    let mut browser = services.browser();
    let page = browser.get(&path).await.text();
    assert!(page.contains("Continue with Corp") && page.contains(secret), "{page}");
    let form = [("next", "/people"), ("invitation", secret)];
    for (name, good) in [("ann", true), ("eve", false)] {
        let mut browser = services.browser();
        let back = services.go_from(&mut browser, "/sign-in/with/corp", &form, name).await;
        browser.get(&back).await;
        let chosen = browser.submit("/sign-up/choose-name", &[("name", name)]).await;
        if good {
            assert_eq!(chosen.header("location"), "/people", "{}", chosen.text());
        } else {
            assert_told(&chosen, 403, "has been used up");
        }
    }
}

#[tokio::test]
async fn a_second_factor_is_asked_for_after_the_service() {
    let services = Services::start().await;
    let mut ann = Person::sign_up(&services.server, "Ann").await;
    let (_, codes) = set_up(&mut ann).await;
    let mut hers = services.browser().with_token(&ann.token);
    let back = services.go_from(&mut hers, "/account/services", linking::FORM, "ann").await;
    assert_eq!(hers.get(&back).await.header("location"), "/account/services?done=linked");

    let mut phone = services.browser();
    let reply = services.come_by(&mut phone, "ann").await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (303, "/sign-in/second-factor?next=/people"),
        "{}",
        reply.text()
    );
    assert_eq!(who(&mut phone).await, None, "half-way is not in");
    let form = |code| [("code", code), ("next", "/people")];
    assert_told(&phone.submit("/sign-in/second-factor", &form("000000")).await, 403, "This code is wrong");
    phone.submit("/sign-in/second-factor", &form(&codes[0])).await;
    assert_eq!(who(&mut phone).await.as_deref(), Some("Ann"));
}

#[tokio::test]
async fn keys_that_change_meanwhile_keep_nobody_out() {
    let services = Services::start().await;
    drop(services.newcomer("ann").await);
    let mut browser = services.browser();
    services.issuer.tell("keys", &json!({"algorithm": "ES256"})).await;
    let reply = services.come_by(&mut browser, "ann").await;
    assert_eq!(reply.header("location"), "/people", "{}", reply.text());
    assert_eq!(who(&mut browser).await.as_deref(), Some("ann"));
}

#[tokio::test]
async fn only_verified_addresses_of_the_domains_come_in() {
    let services = Services::with("email-domains = [\"Example.ORG\", \"example.net\"]", &[]).await;
    let (yes, no) = (true, false);
    for (claims, welcome) in [
        (json!({}), yes),
        (json!({"email": "ann@EXAMPLE.net"}), yes),
        (json!({"email_verified": false}), no),
        (json!({"email_verified": null}), no),
        (json!({"email": "ann@mail.example.org"}), no),
        (json!({"email": "ann@example.org.evil.example"}), no),
        (json!({"email": "ann@example.org@evil.example"}), no),
        (json!({"email": null}), no),
    ] {
        services.issuer.tell("people/ann", &claims).await;
        let mut browser = services.browser();
        let reply = services.come_by(&mut browser, "ann").await;
        if welcome {
            assert_eq!(reply.header("location"), "/sign-up/choose-name", "{claims}: {}", reply.text());
        } else {
            assert_told(&reply, 403, "Only people with certain e-mail addresses come in by this service");
        }
    }
    // Whoever has an account is looked at likewise.
    services.issuer.tell("people/ann", &Value::Object(serde_json::Map::new())).await;
    drop(services.newcomer("ann").await);
    services.issuer.tell("people/ann", &json!({"email": "ann@gone.example"})).await;
    let reply = services.come_by(&mut services.browser(), "ann").await;
    assert_told(&reply, 403, "Only people with certain e-mail addresses");
}
