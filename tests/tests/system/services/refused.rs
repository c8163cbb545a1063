//! Who comes back from a service in a way that lets nobody in, and what they are told.

use chinwag_tests::issuer::Issuer;
use serde_json::json;

use super::{Services, assert_told, sent_to, who};

const UNKNOWN: &str =
    "This sign-in was not begun in this browser, was finished already or has taken too long.";
const OVER: &str = "This has taken too long, or the page was loaded twice.";
const AWAY: &str = "The other site does not answer as it should.";

/// The value of a parameter in an address.
fn parameter(address: &str, name: &str) -> String {
    let query = address.split_once('?').unwrap().1;
    let found = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("no {name}: {address}")).1.to_owned()
}

#[tokio::test]
async fn who_says_no_at_the_service_is_told_so() {
    let services = Services::start().await;
    services.issuer.tell("people/ann", &json!({"refuses": true})).await;
    let reply = services.come_by(&mut services.browser(), "ann").await;
    assert_told(&reply, 403, "You did not let the other site say who you are.");
    assert!(reply.text().contains("Continue with Corp") && !reply.text().contains("they said no"));
}

#[tokio::test]
async fn what_another_browser_has_begun_is_nobodys() {
    let services = Services::start().await;
    drop(services.newcomer("ann").await);
    for has_begun in [false, true] {
        let (mut hers, mut other) = (services.browser(), services.browser());
        let back = services.go(&mut hers, "ann").await;
        if has_begun {
            services.go(&mut other, "bob").await;
        }
        assert_told(&other.get(&back).await, 403, UNKNOWN);
        assert_eq!(who(&mut other).await, None);
        // It was shown to somebody, so that it is good for nobody.
        assert_told(&hers.get(&back).await, 403, UNKNOWN);
    }
}

#[tokio::test]
async fn what_was_used_forged_or_has_expired_lets_nobody_in() {
    let services = Services::start().await;
    drop(services.newcomer("ann").await);
    let mut browser = services.browser();
    let back = services.go(&mut browser, "ann").await;
    let pending = browser.cookie("chinwag_pending").unwrap().to_owned();
    assert_eq!(browser.get(&back).await.header("location"), "/people");
    // Once more, from the same browser, which has signed out meanwhile.
    let mut again = services.browser().with_header("cookie", &format!("chinwag_pending={pending}"));
    assert_told(&again.get(&back).await, 403, UNKNOWN);

    let mut browser = services.browser();
    let back = services.go(&mut browser, "ann").await;
    let forged = back.replace(&parameter(&back, "code"), "forged");
    assert_told(&browser.get(&forged).await, 403, OVER);
    assert_told(&browser.get(&back).await, 403, UNKNOWN);

    // Somebody else's code, with what this browser has begun.
    let (mut browser, mut other) = (services.browser(), services.browser());
    let (mine, theirs) = (services.go(&mut browser, "ann").await, services.go(&mut other, "bob").await);
    let swapped = mine.replace(&parameter(&mine, "code"), &parameter(&theirs, "code"));
    assert_told(&browser.get(&swapped).await, 403, OVER);

    let mut browser = services.browser();
    let back = services.go(&mut browser, "ann").await;
    services.issuer.tell("expire", &json!({})).await;
    assert_told(&browser.get(&back).await, 403, OVER);

    for query in
        ["", "?code=1", "?state=1&code=1", "?error=access_denied", "?state=&code=&iss=http%3A%2F%2Fevil"]
    {
        let reply = browser.get(&format!("/sign-in/with/corp/callback{query}")).await;
        assert_eq!(reply.status, 403, "{query}: {}", reply.text());
        assert!(reply.text().contains("Begin again"), "{query}: {}", reply.text());
    }
    assert_eq!(browser.get("/sign-in/with/other/callback").await.status, 404);
    assert_eq!(who(&mut browser).await, None);
}

#[tokio::test]
async fn another_issuer_in_what_comes_back_is_not_believed() {
    let services = Services::start().await;
    let mut browser = services.browser();
    let back = services.go(&mut browser, "ann").await;
    let other = back.replace(&parameter(&back, "iss"), "https%3A%2F%2Fevil.example");
    assert_told(&browser.get(&other).await, 403, "Begin again");
}

#[tokio::test]
async fn who_is_suspended_stays_out() {
    let services = Services::start().await;
    drop(services.newcomer("ann").await);
    services.server.command(&["user", "suspend", "ann"]).run().expect_success();
    let mut browser = services.browser();
    assert_told(&services.come_by(&mut browser, "ann").await, 403, "This account is suspended.");
    assert_eq!(who(&mut browser).await, None);
    services.server.command(&["user", "restore", "ann"]).run().expect_success();
    assert_eq!(services.come_by(&mut browser, "ann").await.header("location"), "/people");
}

#[tokio::test]
async fn while_the_service_is_away_people_are_told_and_later_come_in() {
    let mut services = Services::start().await;
    let callback = format!("http://{}/sign-in/with/corp/callback", services.server.address());
    services.issuer.stop();
    let mut browser = services.browser();
    let reply = browser.submit("/sign-in/with/corp", &[("next", "/people")]).await;
    assert_told(&reply, 502, AWAY);
    assert!(reply.text().contains("Continue with Corp"), "{}", reply.text());
    services.issuer.start(&callback);
    let back = services.go(&mut browser, "ann").await;
    services.issuer.stop();
    assert_told(&browser.get(&back).await, 502, AWAY);
    services.issuer.start(&callback);
    drop(services.newcomer("ann").await);
}

#[tokio::test]
async fn nothing_secret_is_in_the_log() {
    let services = Services::with("", &[("CHINWAG_LOG", "trace")]).await;
    let mut secrets = vec![Issuer::CLIENT_SECRET.to_owned()];
    for turn in ["right", "forged", "refused"] {
        let mut browser = services.browser();
        let page = browser.submit("/sign-in/with/corp", &[("next", "/people")]).await;
        let url = sent_to(&page.text());
        secrets.extend(["state", "nonce"].map(|name| parameter(&url, name)));
        secrets.push(browser.cookie("chinwag_pending").unwrap().to_owned());
        services.issuer.tell("people/ann", &json!({"refuses": turn == "refused"})).await;
        let mut back = services.issuer.visit(&url, "ann").await;
        if turn != "refused" {
            secrets.push(parameter(&back, "code"));
        }
        if turn == "forged" {
            back = back.replace(&parameter(&back, "code"), "a-forged-code");
            secrets.push("a-forged-code".to_owned());
        }
        let reply = browser.get(back.split_once(&services.server.address()).unwrap().1).await;
        assert_eq!(reply.status, if turn == "right" { 303 } else { 403 }, "{}", reply.text());
        secrets.extend(browser.cookie("chinwag_pending").map(str::to_owned));
    }
    let log = services.server.log();
    assert!(log.contains("/sign-in/with/corp/callback"), "requests are logged: {log}");
    for secret in secrets {
        assert!(secret.len() > 8 && !log.contains(&secret), "{secret} is in the log");
    }
}
