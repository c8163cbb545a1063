//! Membership: who may post, and that a removal takes effect before anything later of the room.

use chinwag_tests::api::{Person, nonce};
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use serde_json::json;

#[tokio::test]
async fn only_members_post_and_leave_lines_behind() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let room = ada.create_room("garden").await;
    bob.try_post(&room, "hello?").await.expect_error(403, "not_a_member");
    bob.join(&room).await;
    bob.join(&room).await;
    bob.post(&room, "hello!").await;
    bob.http.delete(&format!("/api/v1/rooms/{room}/members/me")).await.expect(200);
    bob.try_post(&room, "still here?").await.expect_error(403, "not_a_member");
    let history = ada.history(&room).await;
    let lines: Vec<_> = history.iter().filter(|message| message["author"]["name"] == "Bob").collect();
    let kinds: Vec<_> = lines.iter().map(|message| message["kind"].as_str()).collect();
    assert_eq!(kinds, [Some("joined"), None, Some("left")], "joining twice is joining once: {lines:?}");
}

#[tokio::test]
async fn who_was_removed_gets_nothing_later_and_is_told() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let room = ada.create_room("garden").await;
    bob.join(&room).await;
    let mut his = Socket::connect(&server.address(), &bob.token).await;
    his.event_named("session:ready").await;

    bob.http.delete(&format!("/api/v1/rooms/{room}/members/{}", ada.id)).await.expect_error(403, "forbidden");
    ada.http.delete(&format!("/api/v1/rooms/{room}/members/{}", bob.id)).await.expect(200);
    for number in 0..10 {
        ada.post(&room, &format!("after he was removed {number}")).await;
    }
    let told = his
        .event_where("stream:changes", |changes| {
            assert!(!changes.to_string().contains("after he was removed"), "{changes}");
            changes["changes"].as_array().unwrap().iter().any(|change| change["membership"]["gone"] == true)
        })
        .await;
    let change = &told["changes"][0]["membership"];
    assert_eq!((&change["room"]["id"], &change["why"]), (&json!(room), &json!("removed")), "{told}");

    // Nothing else has come by the time that a later command is answered.
    his.expect_error("message:send", &json!({"room": room, "text": "x", "nonce": nonce()}), "not_a_member")
        .await;
    drop(server);
    for (_, payload) in his.closed().await {
        assert!(!payload.to_string().contains("after he was removed"), "{payload}");
    }
}

#[tokio::test]
async fn the_members_are_listed_with_their_roles() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    for name in ["Bob", "Cy", "Di"] {
        Person::sign_up(&server, name).await.join(&room).await;
    }
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let page = ada.http.get(&format!("/api/v1/rooms/{room}/members?limit=3{after}")).await.expect(200);
        let members = page["members"].as_array().unwrap().clone();
        after = format!("&after={}", members.last().unwrap()["id"].as_str().unwrap());
        found.extend(members);
        if page["more"] != true {
            break;
        }
    }
    let role =
        |name: &str| found.iter().find(|member| member["name"] == name).map(|member| member["role"].clone());
    assert_eq!(found.len(), 4, "{found:?}");
    assert_eq!((role("Ada"), role("Di")), (Some(json!("owner")), Some(json!("member"))));
}

#[tokio::test]
async fn two_tabs_are_one_person_until_the_last_is_closed() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let room = ada.create_room("garden").await;
    bob.join(&room).await;
    let mut hers = Socket::connect(&server.address(), &ada.token).await;
    hers.event_named("session:ready").await;

    let came = |id: String, list: &'static str| {
        move |event: &serde_json::Value| {
            event[list].as_array().is_some_and(|all| all.iter().any(|p| p["id"] == id))
        }
    };
    let mut first = Socket::connect(&server.address(), &bob.token).await;
    first.event_named("session:ready").await;
    hers.event_where("presence:changed", came(bob.id.clone(), "came")).await;
    let mut second = Socket::connect(&server.address(), &bob.token).await;
    second.event_named("session:ready").await;
    let list = hers.expect("presence:list", &json!({"room": room})).await;
    assert_eq!(list["online"], 2, "two people: {list}");

    drop(first);
    // The second still is a full connection; only when it is gone too has he left.
    second.expect("me:load", &json!({})).await;
    let list = hers.expect("presence:list", &json!({"room": room})).await;
    assert!(list["users"].as_array().unwrap().iter().any(|user| user["id"] == bob.id.as_str()), "{list}");
    drop(second);
    hers.event_where("presence:changed", came(bob.id.clone(), "left")).await;
    let list = hers.expect("presence:list", &json!({"room": room})).await;
    assert_eq!(list["online"], 1, "{list}");
}

#[tokio::test]
async fn typing_is_told_to_the_others_only() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let room = ada.create_room("garden").await;
    bob.join(&room).await;
    let mut hers = Socket::connect(&server.address(), &ada.token).await;
    let mut his = Socket::connect(&server.address(), &bob.token).await;
    hers.event_named("session:ready").await;
    his.event_named("session:ready").await;
    for typing in [true, false] {
        his.expect("typing:set", &json!({"room": room, "typing": typing})).await;
        let told = hers.event_named("typing:changed").await;
        assert_eq!((&told["user"]["id"], &told["typing"]), (&json!(bob.id), &json!(typing)), "{told}");
    }
    drop(server);
    assert!(
        his.closed().await.iter().all(|(name, _)| name != "typing:changed"),
        "one is not told of oneself"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_just_as_their_last_connection_goes_is_let_in() {
    let server = Server::start().await;
    let mut comers = Vec::new();
    for number in 0..8 {
        let person = Person::sign_up(&server, &format!("person {number}")).await;
        let address = server.address();
        comers.push(tokio::spawn(async move {
            for _ in 0..100 {
                let mut socket = Socket::connect(&address, &person.token).await;
                socket.event_named("session:ready").await;
                // Cut here, while the next one already knocks.
            }
        }));
    }
    for comer in comers {
        comer.await.unwrap();
    }
}
