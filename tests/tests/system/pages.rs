//! The plain pages, as a browser without JavaScript uses them.

use chinwag_tests::api::{PASSWORD, Person, texts};
use chinwag_tests::http::Http;
use chinwag_tests::server::Server;

async fn signed_up(server: &Server, name: &str) -> Http {
    let mut browser = server.http().with_header("accept", "text/html");
    let reply = browser.submit("/sign-up", &[("name", name), ("password", PASSWORD)]).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    browser
}

#[tokio::test]
async fn somebody_signs_up_reads_and_posts_by_forms() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let lobby = ada.lobby().await;
    ada.post(&lobby, "hello from Ada").await;

    let mut browser = signed_up(&server, "Bob").await;
    let rooms = browser.get("/rooms").await;
    assert!(rooms.text().contains(&format!("/rooms/{lobby}")), "{}", rooms.text());
    let path = format!("/rooms/{lobby}");
    let page = browser.get(&path).await;
    assert_eq!(page.status, 200);
    for part in ["hello from Ada", "<form", "<textarea", "Send"] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let nonce = value_of(&page.text(), "nonce");
    let fields = [("text", "hello from Bob"), ("nonce", nonce.as_str())];
    for _ in 0..2 {
        // Sent twice, as by an impatient press of the button, it is posted once.
        let posted = browser.submit(&path, &fields).await;
        assert_eq!(posted.status, 303, "{}", posted.text());
    }
    assert_eq!(texts(&ada.history(&lobby).await), ["hello from Ada", "hello from Bob"]);
    assert!(browser.get(&path).await.text().contains("hello from Bob"));

    assert_eq!(browser.submit("/sign-out", &[]).await.status, 303);
    assert_ne!(browser.get(&path).await.status, 200);
}

#[tokio::test]
async fn a_deep_link_survives_the_sign_in() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let lobby = ada.lobby().await;
    let mut browser = server.http().with_header("accept", "text/html");
    let path = format!("/rooms/{lobby}");
    let sent_away = browser.get(&path).await;
    assert_eq!(sent_away.status, 303, "{}", sent_away.text());
    let sign_in = sent_away.header("location").to_owned();
    assert!(sign_in.starts_with("/sign-in?"), "{sign_in}");
    let form = browser.get(&sign_in).await.text();
    let next = value_of(&form, "next");
    assert_eq!(next, path);
    let fields = [("name", "Ada"), ("password", PASSWORD), ("next", &next)];
    assert_eq!(browser.submit("/sign-in", &fields).await.header("location"), path);
}

#[tokio::test]
async fn a_form_that_was_refused_says_why_and_keeps_what_was_typed() {
    let server = Server::start().await;
    let mut browser = server.http().with_header("accept", "text/html");
    let reply = browser.submit("/sign-up", &[("name", "Ada"), ("password", "short")]).await;
    assert_eq!(reply.status, 400);
    let page = reply.text();
    assert!(page.contains("10") && page.contains("value=\"Ada\""), "{page}");
    assert!(!page.contains("value=\"short\""), "a password is never sent back");
    let reply = browser.submit("/sign-in", &[("name", "Ada"), ("password", "not the password")]).await;
    assert_eq!(reply.status, 401);

    let mut browser = signed_up(&server, "Bob").await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let path = format!("/rooms/{}", ada.lobby().await);
    let nonce = value_of(&browser.get(&path).await.text(), "nonce");
    let reply = browser.submit(&path, &[("text", "   "), ("nonce", nonce.as_str())]).await;
    assert_eq!(reply.status, 400, "{}", reply.text());
    let long = "long ".repeat(1601);
    let reply = browser.submit(&path, &[("text", long.as_str()), ("nonce", nonce.as_str())]).await;
    assert_eq!(reply.status, 400, "{:.300}", reply.text());
    assert!(reply.text().contains(long.trim()), "what was typed is kept");
}

#[tokio::test]
async fn hostile_text_is_text() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "A&amp;b'").await;
    let room = ada.create_room("garden & 'co' &lt;i&gt;").await;
    ada.post(&room, "<script>alert(1)</script>\"'&amp;<!-- </textarea>").await;
    let mut browser = server.http().with_header("accept", "text/html").with_token(&ada.token);
    for path in ["/rooms".to_owned(), format!("/rooms/{room}")] {
        let page = browser.get(&path).await.text();
        for raw in ["<script>alert", "A&amp;b", "&lt;i&gt;", "<!-- </textarea>"] {
            assert!(!page.contains(raw), "{raw} in {path}: {page}");
        }
    }
    let page = browser.get(&format!("/rooms/{room}")).await.text();
    assert!(page.contains("&lt;script&gt;alert(1)") || page.contains("&#60;script&#62;alert(1)"), "{page}");
}

#[tokio::test]
async fn older_messages_are_a_link_away() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    for number in 0..60 {
        ada.post(&room, &format!("message number {number}.")).await;
    }
    let mut browser = server.http().with_header("accept", "text/html").with_token(&ada.token);
    let newest = browser.get(&format!("/rooms/{room}")).await.text();
    assert!(newest.contains("message number 59.") && !newest.contains("message number 0."));
    let at = newest.find("before=").expect("a link to older messages");
    let before: String = newest[at + 7..].chars().take_while(char::is_ascii_digit).collect();
    let older = browser.get(&format!("/rooms/{room}?before={before}")).await.text();
    assert!(older.contains("message number 0.") && !older.contains("message number 59."));
}

#[tokio::test]
async fn what_was_typed_for_a_room_or_the_workspace_is_there_again_when_it_was_refused() {
    let server = Server::start().await;
    let mut ada = Person::with_role(&server, "Ada", "owner").await;
    let bob = Person::sign_up(&server, "Bob").await;
    let room = ada.create_room("kitchen").await;
    let mut browser = server.http().with_header("accept", "text/html");
    let reply = browser.submit("/sign-in", &[("name", "Ada"), ("password", PASSWORD)]).await;
    assert_eq!(reply.status, 303, "{}", reply.text());

    let members = format!("/rooms/{room}/members");
    let person = format!("/administration/people/{}", bob.id);
    let (invitations, settings) = ("/administration/invitations", "/administration/settings");
    let long = "because ".repeat(200);
    let limits =
        ["sign_in_per_minute", "accounts_per_hour", "messages_per_minute", "guest_messages_per_minute"];
    let mut wrong = vec![("sign_up", "closed"), ("guests", "no"), ("deleted_accounts", "remove_messages")];
    wrong.extend(limits.map(|limit| (limit, "17")));
    wrong.push(("rooms_per_hour", "0"));
    for (path, fields, kept) in [
        (&*members, vec![("do", "add"), ("name", "Nobody Known")], vec!["value=\"Nobody Known\""]),
        (&members, vec![("do", "rename"), ("name", "lobby")], vec!["name=\"name\" value=\"lobby\""]),
        (
            invitations,
            vec![("do", "make"), ("note", "for the choir"), ("uses", "many"), ("hours", "9")],
            vec!["value=\"for the choir\"", "value=\"many\"", "value=\"9\""],
        ),
        (
            settings,
            wrong,
            vec![
                "value=\"closed\" selected",
                "value=\"no\" selected",
                "value=\"remove_messages\" selected",
                "value=\"17\"",
                "value=\"0\"",
            ],
        ),
        (
            &person,
            vec![("do", "mute"), ("hours", "168"), ("reason", &long)],
            vec!["value=\"168\" selected", "name=\"reason\" value=\"because because"],
        ),
        (
            &person,
            vec![("do", "suspend"), ("reason", &long)],
            vec!["name=\"reason\" value=\"because because"],
        ),
        (
            &person,
            vec![("do", "ban"), ("remove_messages", "yes"), ("reason", &long)],
            vec!["value=\"yes\" checked", "name=\"reason\" value=\"because because"],
        ),
    ] {
        let reply = browser.submit(path, &fields).await;
        let page = reply.text();
        assert!([400, 404, 409].contains(&reply.status), "{path}: {} {page}", reply.status);
        assert!(page.contains("role=\"alert\""), "{path}: {page}");
        for part in kept {
            assert!(page.contains(part), "{path}: no {part} in {page}");
        }
    }
}

/// The value of the input of that name in a page.
fn value_of(page: &str, name: &str) -> String {
    let input = page
        .split('<')
        .find(|element| element.starts_with("input") && element.contains(&format!("name=\"{name}\"")))
        .unwrap_or_else(|| panic!("no input \"{name}\": {page}"));
    let value = input.split("value=\"").nth(1).unwrap_or_else(|| panic!("no value: {input}"));
    value.split('"').next().unwrap().replace("&#x2F;", "/").replace("&#47;", "/")
}

#[tokio::test]
async fn password_managers_find_their_way() {
    let server = Server::start().await;
    let mut browser = signed_up(&server, "Ada").await;
    let mut pages =
        vec![browser.get("/account/password").await.text(), browser.get("/account/data").await.text()];
    for path in ["/sign-in", "/sign-up"] {
        pages.push(server.http().get(path).await.text());
    }
    let mut fields = 0;
    for page in pages {
        for field in page.split("<input").filter(|field| field.contains("type=\"password\"")) {
            let field = field.split('>').next().unwrap();
            let kind = ["autocomplete=\"current-password\"", "autocomplete=\"new-password\""];
            assert!(kind.iter().any(|kind| field.contains(kind)), "{field}");
            assert!(!field.contains("readonly") && !field.contains("maxlength"), "{field}");
            fields += 1;
        }
    }
    assert_eq!(fields, 5);
}

#[tokio::test]
async fn a_room_that_was_to_be_closed_stays_so_when_the_form_comes_back() {
    let server = Server::start().await;
    let mut browser = signed_up(&server, "Ada").await;
    let again = browser.submit("/rooms", &[("name", "lobby"), ("kind", "closed")]).await;
    assert_eq!(again.status, 409);
    assert!(again.text().contains("value=\"closed\" checked"), "{}", again.text());
    assert!(!again.text().contains("value=\"open\" checked"), "{}", again.text());
}

#[tokio::test]
async fn a_guest_finds_the_way_to_an_account_and_leaves_the_guest_behind() {
    let server = Server::with().env("CHINWAG_GUESTS", "yes").start().await;
    let mut browser = server.http();
    browser.submit("/guest", &[("name", "Visitor")]).await;
    let guest = browser.cookie("chinwag_session").unwrap().to_owned();
    assert_eq!(browser.get("/sign-up").await.status, 200);
    assert_eq!(browser.submit("/sign-up", &[("name", "Ada"), ("password", PASSWORD)]).await.status, 303);
    assert_eq!(browser.get("/api/v1/session").await.expect(200)["user"]["name"], "Ada");
    server.http().with_token(&guest).get("/api/v1/session").await.expect_error(401, "unauthenticated");
    Person::sign_up(&server, "Visitor").await;
    // What can only be sent to leads to the page that it is on.
    let sent = server.http().submit("/account/picture/remove", &[]).await;
    assert_eq!(sent.header("location"), "/sign-in?next=/account/picture");
}

#[tokio::test]
async fn an_access_token_is_made_shown_once_and_revoked_by_forms() {
    let server = Server::start().await;
    let mut browser = signed_up(&server, "Ada").await;
    let path = "/account/tokens";
    let page = browser.get(path).await.text();
    assert!(page.contains("aria-current=\"page\">Access tokens<"), "{page}");
    assert!(page.contains("There are none."), "{page}");
    let filled = |name, password| {
        [("name", name), ("scope", "read"), ("scope", "profile"), ("days", "7"), ("password", password)]
    };
    let refused = browser.submit(path, &filled("<b>bot</b>", "not the password")).await;
    assert_eq!(refused.status, 403);
    let page = refused.text();
    assert!(page.contains("Your present password is another one"), "{page}");
    for kept in ["value=\"read\" checked", "value=\"profile\" checked", "value=\"7\"", "&#60;b&#62;bot"] {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    assert!(!page.contains("value=\"post\" checked") && !page.contains("not the password"), "{page}");
    let none = browser.submit(path, &[("name", "bot"), ("days", "7"), ("password", PASSWORD)]).await;
    assert_eq!(none.status, 400);
    assert!(none.text().contains("choose what the token may be used for"), "{}", none.text());
    let never = [("name", "bot"), ("scope", "read"), ("days", "soon"), ("password", PASSWORD)];
    assert!(browser.submit(path, &never).await.text().contains("write a whole number"));

    let made = browser.submit(path, &filled("<b>bot</b>", PASSWORD)).await;
    assert_eq!(made.status, 200);
    assert_eq!(made.header("cache-control"), "no-store");
    let page = made.text();
    let token =
        page.split("id=\"made-token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(token.starts_with("chinwag_pat_"), "{page}");
    let mut bot = server.http().with_token(&token);
    bot.get("/api/v1/me").await.expect(200);
    bot.patch("/api/v1/account", &serde_json::json!({"status": "made by a bot"})).await.expect(200);
    bot.get("/api/v1/tokens").await.expect_error(403, "session_required");

    let page = browser.get(path).await.text();
    assert!(!page.contains(&token), "it is shown once");
    assert!(page.contains("&#60;b&#62;bot") && !page.contains("<b>bot"), "{page}");
    assert!(page.contains("last used"), "{page}");
    let id = value_of(&page, "revoke");
    let revoked = browser.submit(path, &[("revoke", &id)]).await;
    assert_eq!(revoked.header("location"), "/account/tokens?done=token-revoked");
    let page = browser.get("/account/tokens?done=token-revoked").await.text();
    assert!(page.contains("The token is revoked") && page.contains("There are none."), "{page}");
    bot.get("/api/v1/me").await.expect_error(401, "unauthenticated");
    assert_eq!(browser.submit(path, &[("revoke", &id)]).await.status, 404);
    assert_eq!(browser.submit(path, &[("revoke", "rubbish")]).await.status, 404);
}
