//! Keeping order: what is decided about somebody is so at once, and it is noted who decided.

use std::time::{Duration, Instant};

use chinwag_tests::api::{PASSWORD, Person, texts};
use chinwag_tests::server::Server;
use chinwag_tests::socket::{Refusal, Socket};
use serde_json::{Value, json};

/// What is promised for the end of open sockets, three times.
const AT_ONCE: Duration = Duration::from_secs(3);

fn person(who: &Person, rest: &str) -> String {
    format!("/api/v1/administration/people/{}{rest}", who.id)
}

#[tokio::test]
async fn a_suspension_closes_open_sockets_and_lets_nobody_in() {
    let server = Server::start().await;
    let mut moderator = Person::with_role(&server, "Mo", "moderator").await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let lobby = ada.lobby().await;
    let mut socket = Socket::connect(&server.address(), &ada.token).await;
    socket.event_named("session:ready").await;
    let begun = Instant::now();
    moderator.http.put(&person(&ada, "/suspension"), &json!({"reason": "spam"})).await.expect(200);
    let events = socket.closed().await;
    let took = begun.elapsed();
    println!("the socket was closed after {took:?}");
    assert!(took < AT_ONCE, "{took:?}");
    assert!(events.iter().any(|(name, _)| name == "session:ended"), "{events:?}");

    ada.http.get("/api/v1/session").await.expect_error(401, "unauthenticated");
    let given = json!({"name": "Ada", "password": PASSWORD});
    let mut nowhere = server.http();
    nowhere.post("/api/v1/session", &given).await.expect_error(403, "suspended");
    // Who does not know the password does not learn of it.
    let guess = json!({"name": "Ada", "password": "not her password"});
    nowhere.post("/api/v1/session", &guess).await.expect_error(401, "bad_credentials");
    match Socket::try_connect(&server.address(), &json!({"token": ada.token})).await {
        Err(Refusal::Refused(why)) => assert_eq!(why["data"]["code"], "unauthenticated"),
        other => panic!("who is suspended was let in: {other:?}"),
    }
    moderator.http.delete(&person(&ada, "/suspension")).await.expect(200);
    let mut again = Person::sign_in(&server, "Ada").await;
    again.post(&lobby, "back").await;
}

#[tokio::test]
async fn who_is_muted_hears_and_is_told_why_they_cannot_write() {
    let server = Server::start().await;
    let mut moderator = Person::with_role(&server, "Mo", "moderator").await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let lobby = ada.lobby().await;
    let mut socket = Socket::connect(&server.address(), &ada.token).await;
    socket.event_named("session:ready").await;
    moderator.http.put(&person(&ada, "/mute"), &json!({"until": 32_503_680_000_000_u64})).await.expect(200);
    let message = json!({"room": lobby, "text": "hear me", "nonce": "n1"});
    socket.expect_error("message:send", &message, "muted").await;
    moderator.post(&lobby, "think about it").await;
    socket.event_where("stream:changes", |told| told.to_string().contains("think about it")).await;
    moderator.http.delete(&person(&ada, "/mute")).await.expect(200);
    // The same nonce: nothing was lost of what she wrote.
    socket.expect("message:send", &message).await;
}

#[tokio::test]
async fn a_ban_can_take_what_was_written_with_it() {
    let server = Server::start().await;
    let mut root = Person::with_role(&server, "Root", "administrator").await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let room = ada.create_room("garden").await;
    bob.join(&room).await;
    for number in 0..30 {
        bob.post(&room, &format!("spam {number}")).await;
    }
    ada.post(&room, "hello").await;
    let mut socket = Socket::connect(&server.address(), &ada.token).await;
    socket.event_named("session:ready").await;
    root.http.put(&person(&bob, "/ban"), &json!({"remove_messages": true})).await.expect(200);
    // She sees each of them go.
    let mut deleted = 0;
    while deleted < 30 {
        let told = socket.event_named("stream:changes").await;
        let changes = told["changes"].as_array().unwrap();
        deleted += changes.iter().filter(|change| change["message"]["deleted"] == true).count();
    }
    let history = ada.history(&room).await;
    assert_eq!(texts(&history), ["hello"]);
    let members = ada.http.get(&format!("/api/v1/rooms/{room}/members")).await.expect(200);
    assert_eq!(members["members"].as_array().unwrap().len(), 1, "{members}");
}

#[tokio::test]
async fn moderators_delete_any_message_and_all_of_it_is_noted() {
    let server = Server::start().await;
    let mut root = Person::with_role(&server, "Root", "administrator").await;
    let mut moderator = Person::with_role(&server, "Mo", "moderator").await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    let seq = ada.post(&room, "rude").await;
    moderator.http.delete(&format!("/api/v1/rooms/{room}/messages/{seq}")).await.expect(200);
    moderator.http.put(&person(&ada, "/suspension"), &json!({"reason": "rude"})).await.expect(200);
    root.http.put(&person(&moderator, "/role"), &json!({"role": "member"})).await.expect(200);
    moderator.http.put(&person(&ada, "/suspension"), &json!({})).await.expect_error(403, "forbidden");

    let log = root.http.get("/api/v1/administration/audit").await.expect(200);
    let told: Vec<String> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let name = |who: &Value| who["name"].as_str().unwrap_or("-").to_owned();
            format!(
                "{} {} {}",
                name(&entry["actor"]),
                entry["action"].as_str().unwrap(),
                name(&entry["target"])
            )
        })
        .collect();
    let made = ["- account.made Mo", "- account.made Root"];
    assert_eq!(told[..3], ["Root person.role Mo", "Mo person.suspended Ada", "Mo message.deleted Ada"]);
    assert_eq!(told[3..], made);
    let about = root.http.get(&format!("/api/v1/administration/audit?about={}", ada.id)).await.expect(200);
    assert_eq!(about["entries"].as_array().unwrap().len(), 2);
    moderator.http.get("/api/v1/administration/audit").await.expect_error(403, "forbidden");
}

#[tokio::test]
async fn an_administrator_makes_a_link_for_a_forgotten_password() {
    let server = Server::start().await;
    let mut root = Person::with_role(&server, "Root", "administrator").await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let mut socket = Socket::connect(&server.address(), &ada.token).await;
    socket.event_named("session:ready").await;
    let made = root.http.post(&person(&ada, "/reset"), &json!({})).await.expect(201);
    let path = made["path"].as_str().unwrap();
    assert!(server.http().get(path).await.text().contains("Ada"), "it says whose password it is");
    let mut browser = server.http();
    let weak = browser.submit(path, &[("password", "password123")]).await;
    assert_eq!(weak.status, 400, "and does not use the link up");
    let set = browser.submit(path, &[("password", "battery horse correct")]).await;
    assert_eq!((set.status, set.header("location")), (303, "/"));
    assert_eq!(browser.get("/api/v1/session").await.expect(200)["user"]["name"], "Ada");
    socket.closed().await;
    ada.http.get("/api/v1/session").await.expect_error(401, "unauthenticated");
    assert_eq!(server.http().submit(path, &[("password", "battery horse correct")]).await.status, 403);
    assert_eq!(server.http().get(path).await.status, 403);
}

#[tokio::test]
async fn who_deletes_their_account_is_gone_at_once() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let lobby = ada.lobby().await;
    bob.post(&lobby, "I was here").await;
    let mut hers = Socket::connect(&server.address(), &ada.token).await;
    hers.event_named("session:ready").await;
    let mut his = Socket::connect(&server.address(), &bob.token).await;
    his.event_named("session:ready").await;
    let delete = async |http: &mut chinwag_tests::http::Http, password: &str| {
        let body = json!({"password": password}).to_string();
        http.send(hyper::Method::DELETE, "/api/v1/account", Some("application/json"), body.into()).await
    };
    delete(&mut bob.http, "not his password").await.expect_error(403, "password_wrong");
    delete(&mut bob.http, PASSWORD).await.expect(200);
    his.closed().await;
    let told = hers.event_where("stream:changes", |told| told["changes"][0]["person"]["gone"] == true).await;
    assert_eq!(told["changes"][0]["person"]["name"], "former member", "{told}");
    let said = ada.history(&lobby).await.into_iter().find(|line| line["text"] == "I was here").unwrap();
    assert_eq!(said["author"]["name"], "former member");
    let again = json!({"name": "Bob", "password": PASSWORD});
    server.http().post("/api/v1/session", &again).await.expect_error(401, "bad_credentials");
    server.http().post("/api/v1/account", &again).await.expect(201);
}

#[tokio::test]
async fn ones_own_data_can_be_taken_out() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let room = ada.create_room("garden").await;
    bob.join(&room).await;
    bob.post(&room, "his own").await;
    for number in 0..1_100 {
        ada.post(&room, &format!("line {number} \"quoted\"")).await;
    }
    let reply = ada.http.get("/api/v1/account/export").await;
    assert!(reply.header("content-disposition").contains("attachment"), "{:?}", reply.headers);
    let data = reply.json();
    let messages: Vec<_> =
        data["messages"].as_array().unwrap().iter().map(|message| message["text"].as_str()).collect();
    assert_eq!(messages.len(), 1_100);
    assert_eq!((messages[0], messages[1_099]), (Some("line 0 \"quoted\""), Some("line 1099 \"quoted\"")));
    assert_eq!(data["user"]["name"], "Ada");
    assert_eq!(data["rooms"].as_array().unwrap().len(), 2);
    assert!(
        !reply.text().contains("his own")
            && !reply.text().contains("argon2")
            && !reply.text().contains(&ada.token)
    );
}

#[tokio::test]
async fn a_mute_lasts_as_long_as_there_are_calendars_at_most() {
    let server = Server::start().await;
    let mut moderator = Person::with_role(&server, "Mo", "moderator").await;
    let ada = Person::sign_up(&server, "Ada").await;
    moderator.http.put(&person(&ada, "/mute"), &json!({"until": i64::MAX})).await.expect(200);
    let told = moderator.http.get(&person(&ada, "")).await.expect(200);
    assert_eq!(told["person"]["muted_until"], 253_402_300_799_000_u64);
    let page = moderator.http.get(&format!("/administration/people/{}", ada.id)).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("muted until 9999-12-31"), "{}", page.text());
}

#[tokio::test]
async fn an_operator_who_makes_an_account_is_noted_too() {
    let server = Server::start().await;
    let mut owner = Person::with_role(&server, "Olga", "owner").await;
    let log = owner.http.get("/api/v1/administration/audit").await.expect(200);
    let entry = &log["entries"][0];
    assert_eq!(
        (&entry["actor"], &entry["action"], &entry["detail"]),
        (&Value::Null, &json!("account.made"), &json!("owner"))
    );
}
