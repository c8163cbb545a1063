//! Accounts, signing in and out.

use chinwag_tests::api::{PASSWORD, Person};
use chinwag_tests::server::Server;
use chinwag_tests::socket::{Refusal, Socket};
use serde_json::json;

#[tokio::test]
async fn an_account_signs_in_by_cookie_and_by_token() {
    let server = Server::start().await;
    let mut browser = server.http();
    let account = json!({"name": "Ada", "password": PASSWORD});
    let made = browser.post("/api/v1/account", &account).await.expect(201);
    assert_eq!(made["user"]["name"], "Ada");
    assert_eq!(made["user"]["role"], "member", "nobody becomes administrator by coming first");
    assert_eq!(browser.get("/api/v1/session").await.expect(200)["user"]["id"], made["user"]["id"]);

    let mut program = server.http();
    let signed_in = program.post("/api/v1/session", &account).await.expect(200);
    let mut program = server.http().with_token(signed_in["token"].as_str().unwrap());
    assert_eq!(program.get("/api/v1/session").await.expect(200)["user"]["id"], made["user"]["id"]);
    server.http().get("/api/v1/session").await.expect_error(401, "unauthenticated");
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let server = Server::start().await;
    let account = json!({"name": "Ada", "password": PASSWORD});
    let reply = server.http().post("/api/v1/account", &account).await;
    let cookie = reply.header("set-cookie");
    assert!(cookie.starts_with("chinwag_session="), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{attribute} is missing: {cookie}");
    }
    assert_eq!(reply.header("cache-control"), "no-store");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_closes_its_sockets_only() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let bob = Person::sign_up(&server, "Bob").await;
    let mut hers = Socket::connect(&server.address(), &ada.token).await;
    let mut his = Socket::connect(&server.address(), &bob.token).await;
    hers.event_named("session:ready").await;
    his.event_named("session:ready").await;

    ada.http.delete("/api/v1/session").await.expect(200);
    let events = hers.closed().await;
    let ended = events.iter().find(|(name, _)| name == "session:ended").expect("she is told why");
    assert!(ended.1["code"].is_string() && ended.1["message"].is_string(), "{ended:?}");
    ada.http.get("/api/v1/session").await.expect_error(401, "unauthenticated");
    his.expect("me:load", &json!({})).await;
    match Socket::try_connect(&server.address(), &json!({"token": ada.token})).await {
        Err(Refusal::Refused(why)) => assert_eq!(why["data"]["code"], "unauthenticated", "{why}"),
        other => panic!("an ended session was let in: {other:?}"),
    }
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_get_the_same_answer() {
    let server = Server::start().await;
    Person::sign_up(&server, "Ada").await;
    let mut answers = Vec::new();
    for (name, password) in [("Ada", "wrong wrong wrong"), ("Nobody", PASSWORD)] {
        let reply = server.http().post("/api/v1/session", &json!({"name": name, "password": password})).await;
        answers.push(reply.expect_error(401, "bad_credentials")["error"]["message"].clone());
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn names_that_look_alike_are_one() {
    let server = Server::start().await;
    Person::sign_up(&server, "Paul").await;
    // Case, full width, a Cyrillic а, a capital i in place of the l.
    for name in ["PAUL", "paul", "Ｐａｕｌ", "P\u{430}ul", "PauI"] {
        let account = json!({"name": name, "password": PASSWORD});
        server.http().post("/api/v1/account", &account).await.expect_error(409, "name_taken");
    }
    let account = json!({"name": "Paula", "password": PASSWORD});
    server.http().post("/api/v1/account", &account).await.expect(201);
}

#[tokio::test]
async fn names_and_passwords_outside_their_rules_are_refused() {
    let server = Server::start().await;
    let longest = "x".repeat(40);
    let too_long = "x".repeat(41);
    for name in ["", " ", "a/b", "..", "a\\b", "a\u{0}b", "a\nb", "a\u{200b}b", "a\u{202e}b", &too_long] {
        let account = json!({"name": name, "password": PASSWORD});
        server.http().post("/api/v1/account", &account).await.expect_error(400, "name_invalid");
    }
    for (password, code) in [
        (String::new(), "password_too_short"),
        ("123456789".to_owned(), "password_too_short"),
        ("x".repeat(1001), "password_too_long"),
        ("1234567890".to_owned(), "password_common"),
    ] {
        let account = json!({"name": "Ada", "password": password});
        server.http().post("/api/v1/account", &account).await.expect_error(400, code);
    }
    for (name, password) in [(longest.as_str(), "tq7-xm2-vk"), ("x", &"x".repeat(1000))] {
        server.http().post("/api/v1/account", &json!({"name": name, "password": password})).await.expect(201);
    }
}

#[tokio::test]
async fn guessing_passwords_is_limited() {
    let server = Server::with().env("CHINWAG_LIMITS_SIGN_IN_PER_MINUTE", "5").start().await;
    Person::sign_up(&server, "Ada").await;
    let guess = json!({"name": "Ada", "password": "not her password"});
    let mut limited = None;
    for _ in 0..20 {
        let reply = server.http().post("/api/v1/session", &guess).await;
        if reply.status == 429 {
            limited = Some(reply);
            break;
        }
        reply.expect_error(401, "bad_credentials");
    }
    let reply = limited.expect("the twentieth guess within a minute is too many");
    let body = reply.expect_error(429, "rate_limited");
    assert!(body["error"]["retry_ms"].as_u64().is_some_and(|wait| wait > 0), "{body}");
    assert!(reply.header("retry-after").parse::<u64>().is_ok_and(|wait| wait > 0));
}

#[tokio::test]
async fn the_first_administrator_is_made_by_the_printed_link_once() {
    let server = Server::start().await;
    let link = server.printed_after("first administrator: ").await;
    let path = link.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap();
    assert!(path.starts_with("/first-administrator/"), "{link}");

    let mut browser = server.http();
    browser.get(&path).await.expect(200);
    let fields = [("name", "Root"), ("password", PASSWORD)];
    assert_eq!(browser.submit(&path, &fields).await.status, 303);
    assert_eq!(browser.get("/api/v1/session").await.expect(200)["user"]["role"], "owner");

    let again = server.http().submit(&path, &[("name", "Mallory"), ("password", PASSWORD)]).await;
    assert!((400..500).contains(&again.status), "the link works once: {}", again.status);
    server
        .http()
        .post("/api/v1/session", &json!({"name": "Mallory", "password": PASSWORD}))
        .await
        .expect(401);
}

#[tokio::test]
async fn of_two_who_open_the_first_administrators_link_one_gets_in() {
    let server = Server::start().await;
    let link = server.printed_after("first administrator: ").await;
    let path = link.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap();
    let submit = async |name: &str| {
        let mut browser = server.http();
        browser.submit(&path, &[("name", name), ("password", PASSWORD)]).await;
        browser.get("/api/v1/session").await.json()["user"]["role"].clone()
    };
    let (one, other) = tokio::join!(submit("Root"), submit("Mallory"));
    let administrators = [&one, &other].iter().filter(|role| **role == "owner").count();
    assert_eq!(administrators, 1, "{one} {other}");
}

/// A sign-out whose client vanishes happens or does not, but not by half: what the server believes is what is stored.
#[tokio::test]
async fn a_sign_out_is_not_done_by_half_if_its_client_is_gone() {
    let mut server = Server::start().await;
    Person::sign_up(&server, "Ada").await;
    let mut tokens = Vec::new();
    for round in 0..100 {
        let signed_in = json!({"name": "Ada", "password": PASSWORD});
        let answer = server.http().post("/api/v1/session", &signed_in).await.expect(200);
        let token = answer["token"].as_str().unwrap().to_owned();
        // The session is known to the server's cache, then its end is asked for and the line is cut, sooner or later.
        server.http().with_token(&token).get("/api/v1/session").await.expect(200);
        let request = format!(
            "DELETE /api/v1/session HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\r\n",
            server.address()
        );
        let mut line = std::net::TcpStream::connect(server.address()).unwrap();
        line.set_nodelay(true).unwrap();
        line.set_nonblocking(true).unwrap();
        std::io::Write::write_all(&mut line, request.as_bytes()).unwrap();
        // The moment in between is shorter than a timer can tell.
        let cut = std::time::Instant::now() + std::time::Duration::from_micros(round * 20);
        while std::time::Instant::now() < cut {
            std::hint::spin_loop();
        }
        let answered = std::io::Read::read(&mut line, &mut [0; 1]).is_ok();
        drop(line);
        tokens.push((token, answered));
    }
    // By the time that a password is checked once more, the last of them has been read as well.
    let signed_in = json!({"name": "Ada", "password": PASSWORD});
    server.http().post("/api/v1/session", &signed_in).await.expect(200);
    let mut believed = Vec::new();
    for (token, answered) in &tokens {
        let good = server.http().with_token(token).get("/api/v1/session").await.status == 200;
        assert!(!(good && *answered), "what was answered was done");
        believed.push(good);
    }
    server.stop().await;
    server.restart().await;
    for ((token, _), believed) in tokens.iter().zip(believed) {
        let stored = server.http().with_token(token).get("/api/v1/session").await.status == 200;
        assert_eq!(believed, stored, "a session was over in the store and went on in the cache");
    }
}
