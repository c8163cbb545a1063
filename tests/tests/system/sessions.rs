//! Sessions: their list, their ends, and that nothing outlives them.

use chinwag_tests::api::{PASSWORD, Person};
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use serde_json::json;

const NEW_PASSWORD: &str = "battery horse correct";

#[tokio::test]
async fn sessions_are_listed_with_device_and_address_and_ended_one_by_one() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let given = json!({"name": "Ada", "password": PASSWORD});
    let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1";
    let mut browser = server.http().with_header("user-agent", phone);
    let answer = browser.post("/api/v1/session", &given).await.expect(200);
    let mut socket = Socket::connect(&server.address(), answer["token"].as_str().unwrap()).await;
    socket.event_named("session:ready").await;

    let listed = ada.http.get("/api/v1/sessions").await.expect(200)["sessions"].clone();
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 2, "{listed:?}");
    let other = listed.iter().find(|session| session["current"] == false).unwrap();
    assert_eq!((&other["device"], &other["address"]), (&json!("Safari on iPhone"), &json!("127.0.0.1")));
    assert!(
        other["used_at"].as_i64() >= other["at"].as_i64() && other["ends_at"].as_i64() > other["at"].as_i64()
    );
    assert!(!listed.iter().any(|session| session.to_string().contains(&ada.token)), "no token is told");

    let id = other["id"].as_str().unwrap();
    let mut bob = Person::sign_up(&server, "Bob").await;
    let ended = bob.http.delete(&format!("/api/v1/sessions/{id}")).await.expect(200);
    assert_eq!(ended["ended"], 0, "another's session is not his to end");
    assert_eq!(ada.http.delete(&format!("/api/v1/sessions/{id}")).await.expect(200)["ended"], 1);
    let events = socket.closed().await;
    assert!(events.iter().any(|(name, _)| name == "session:ended"), "{events:?}");
    browser.get("/api/v1/session").await.expect_error(401, "unauthenticated");
    ada.http.get("/api/v1/session").await.expect(200);
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions_at_once() {
    let mut server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let other = Person::sign_in(&server, "Ada").await;
    let mut socket = Socket::connect(&server.address(), &other.token).await;
    socket.event_named("session:ready").await;
    let wrong = json!({"present": NEW_PASSWORD, "new": NEW_PASSWORD});
    ada.http.put("/api/v1/account/password", &wrong).await.expect_error(403, "password_wrong");
    let weak = json!({"present": PASSWORD, "new": "password123"});
    ada.http.put("/api/v1/account/password", &weak).await.expect_error(400, "password_common");
    let change = json!({"present": PASSWORD, "new": NEW_PASSWORD});
    ada.http.put("/api/v1/account/password", &change).await.expect(200);
    socket.closed().await;
    ada.http.get("/api/v1/session").await.expect(200);
    server.http().with_token(&other.token).get("/api/v1/session").await.expect_error(401, "unauthenticated");
    let given = |password: &str| json!({"name": "Ada", "password": password});
    server.http().post("/api/v1/session", &given(PASSWORD)).await.expect_error(401, "bad_credentials");
    server.http().post("/api/v1/session", &given(NEW_PASSWORD)).await.expect(200);
    // Remembered across restarts.
    server.stop().await;
    server.restart().await;
    ada.http.get("/api/v1/session").await.expect(200);
}

#[tokio::test]
async fn signing_in_again_makes_another_session_and_ends_the_one_of_this_browser() {
    let server = Server::start().await;
    Person::sign_up(&server, "Ada").await;
    let mut browser = server.http();
    let fields = [("name", "Ada"), ("password", PASSWORD)];
    browser.submit("/sign-in", &fields).await;
    let first = browser.cookie("chinwag_session").unwrap().to_owned();
    browser.submit("/sign-in", &fields).await;
    let second = browser.cookie("chinwag_session").unwrap().to_owned();
    assert_ne!(first, second, "nobody keeps a session that somebody else may know");
    server.http().with_token(&first).get("/api/v1/session").await.expect_error(401, "unauthenticated");
    // A token of somebody's own making opens nothing, before and after.
    let planted = "A".repeat(43);
    let mut fixed = server.http().with_header("cookie", &format!("chinwag_session={planted}"));
    fixed.submit("/sign-in", &fields).await;
    assert_ne!(fixed.cookie("chinwag_session").unwrap(), planted);
    server.http().with_token(&planted).get("/api/v1/session").await.expect_error(401, "unauthenticated");
}

#[tokio::test]
async fn by_https_the_cookie_is_of_this_host_alone() {
    let server = Server::with().env("CHINWAG_PUBLIC_URL", "https://chat.example.org").start().await;
    let reply = server.http().post("/api/v1/account", &json!({"name": "Ada", "password": PASSWORD})).await;
    let cookie = reply.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-chinwag_session="), "{cookie}");
    for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{attribute} is missing: {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    // What somebody has set by plain HTTP is nothing.
    let token = cookie.split(['=', ';']).nth(1).unwrap();
    let plain =
        server.http().with_header("cookie", &format!("chinwag_session={token}")).get("/api/v1/session").await;
    plain.expect_error(401, "unauthenticated");
    let host = server
        .http()
        .with_header("cookie", &format!("__Host-chinwag_session={token}"))
        .get("/api/v1/session")
        .await;
    host.expect(200);
}

#[tokio::test]
async fn a_socket_does_not_outlive_its_session() {
    let mut server = Server::start().await;
    let ada = Person::sign_up(&server, "Ada").await;
    server.stop().await;
    // Its time is over in three seconds, whatever it is used for.
    let database = rusqlite::Connection::open(server.data().join("chinwag.db")).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let end = i64::try_from(now).unwrap() + 3_000;
    database.execute("UPDATE session SET expires_at = ?1, ends_at = ?1", [end]).unwrap();
    drop(database);
    server.restart().await;
    let mut socket = Socket::connect(&server.address(), &ada.token).await;
    socket.event_named("session:ready").await;
    let begun = std::time::Instant::now();
    let events = socket.closed().await;
    assert!(events.iter().any(|(name, _)| name == "session:ended"), "{events:?}");
    println!("it was closed after {:?}", begun.elapsed());
    server.http().with_token(&ada.token).get("/api/v1/session").await.expect_error(401, "unauthenticated");
}
