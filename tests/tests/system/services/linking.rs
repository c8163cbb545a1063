//! Accounts at a service that are linked to one here, and taken from it again.

use chinwag_tests::api::{PASSWORD, Person};
use chinwag_tests::http::{Http, Reply};

use super::{Services, assert_told, who};

/// What the page sends to link one.
pub(super) const FORM: &[(&str, &str)] = &[("do", "link"), ("provider", "corp"), ("password", PASSWORD)];

impl Services {
    /// Links the account of that name at the service to that of who is signed in.
    async fn link(&self, browser: &mut Http, name: &str) -> Reply {
        let back = self.go_from(browser, "/account/services", FORM, name).await;
        browser.get(&back).await
    }

    /// Takes it away again.
    async fn unlink(&self, browser: &mut Http, name: &str, password: Option<&str>) -> Reply {
        let issuer = self.issuer.url();
        let mut form = vec![("do", "unlink"), ("issuer", &issuer), ("subject", name)];
        form.extend(password.map(|password| ("password", password)));
        browser.submit("/account/services", &form).await
    }

    /// The browser of somebody who has made an account with a password.
    async fn signed_up(&self, name: &str) -> Http {
        self.browser().with_token(&Person::sign_up(&self.server, name).await.token)
    }
}

#[tokio::test]
async fn who_is_signed_in_links_one_and_comes_in_by_it() {
    let services = Services::start().await;
    let mut ann = services.signed_up("Ann").await;
    let linked = services.link(&mut ann, "ann").await;
    assert_eq!((linked.status, linked.header("location")), (303, "/account/services?done=linked"));
    let page = services.page(&mut ann).await;
    assert!(page.contains("<strong>Corp</strong> <span dir=\"auto\">ann</span>"), "{page}");
    let mut phone = services.browser();
    services.come_by(&mut phone, "ann").await;
    assert_eq!(who(&mut phone).await.as_deref(), Some("Ann"));
}

#[tokio::test]
async fn what_is_linked_to_somebody_else_stays_with_them() {
    let services = Services::start().await;
    let mut ann = services.signed_up("Ann").await;
    services.link(&mut ann, "ann").await;
    let mut bob = services.signed_up("Bob").await;
    let refused = services.link(&mut bob, "ann").await;
    assert_told(&refused, 409, "This account at the other service belongs to another account here.");
    assert!(services.page(&mut bob).await.contains("Link an account that you have at another service"));
    let mut phone = services.browser();
    services.come_by(&mut phone, "ann").await;
    assert_eq!(who(&mut phone).await.as_deref(), Some("Ann"));
}

#[tokio::test]
async fn only_the_session_that_has_begun_links() {
    let services = Services::start().await;
    let mut browser = services.browser();
    browser.submit("/sign-up", &[("name", "Ann"), ("password", PASSWORD)]).await;
    // Signed out in between, and somebody else signed in in the same browser.
    for next in [None, Some("Bob")] {
        let back = services.go_from(&mut browser, "/account/services", FORM, "ann").await;
        let pending = browser.cookie("chinwag_pending").unwrap().to_owned();
        let mut later = services.browser();
        if let Some(name) = next {
            let bob = Person::sign_up(&services.server, name).await;
            later = later.with_token(&bob.token);
        }
        let mut later = later.with_header("cookie", &format!("chinwag_pending={pending}"));
        assert_told(&later.get(&back).await, 401, "Sign in first");
    }
    assert!(!services.page(&mut browser).await.contains("<strong>Corp</strong>"));
}

#[tokio::test]
async fn the_last_way_in_is_not_taken_away() {
    let services = Services::start().await;
    let mut ann = services.newcomer("ann").await;
    let refused = services.unlink(&mut ann, "ann", None).await;
    assert_told(&refused, 409, "Nothing else lets you in.");
    assert!(services.page(&mut ann).await.contains("You have no password"));
    let set = ann.submit("/account/password", &[("new", PASSWORD)]).await;
    assert_eq!(set.header("location"), "/account/password?done=password", "{}", set.text());
    assert_told(&services.unlink(&mut ann, "ann", Some("another one")).await, 403, "password");
    let unlinked = services.unlink(&mut ann, "ann", Some(PASSWORD)).await;
    assert_eq!(unlinked.header("location"), "/account/services?done=unlinked", "{}", unlinked.text());
    Person::sign_in(&services.server, "ann").await;
    // The service knows them still, and nobody here does by it.
    let reply = services.come_by(&mut services.browser(), "ann").await;
    assert_eq!(reply.header("location"), "/sign-up/choose-name");
}
