//! Coming in: open, by invitation, not at all, and as a guest.

use chinwag_tests::api::{PASSWORD, Person};
use chinwag_tests::server::{Server, Setup};
use serde_json::{Value, json};

/// As users have it: accounts are made by invitation.
fn by_invitation() -> Setup {
    Server::with().env("CHINWAG_SIGN_UP", "invitation")
}

fn account(name: &str) -> Value {
    json!({"name": name, "password": PASSWORD})
}

/// Makes an invitation; what stands at the end of its link, and its id.
async fn invite(owner: &mut Person, uses: u32, hours: u32) -> (String, String) {
    let wanted = json!({"note": "for the test", "uses": uses, "hours": hours});
    let made = owner.http.post("/api/v1/administration/invitations", &wanted).await.expect(201);
    let secret = made["path"].as_str().unwrap().strip_prefix("/invitation/").unwrap().to_owned();
    (secret, made["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn without_a_word_accounts_are_made_by_invitation() {
    let server = by_invitation().start().await;
    server.http().post("/api/v1/account", &account("Bob")).await.expect_error(403, "sign_up_closed");
    assert_eq!(server.http().get("/sign-up").await.status, 403);
    assert_eq!(
        server.http().submit("/sign-up", &[("name", "Bob"), ("password", PASSWORD)]).await.status,
        403
    );

    let mut owner = Person::with_role(&server, "Olga", "owner").await;
    let (secret, _) = invite(&mut owner, 2, 1).await;
    let with = |name: &str, secret: &str| json!({"name": name, "password": PASSWORD, "invitation": secret});
    server.http().post("/api/v1/account", &with("Bob", &secret)).await.expect(201);
    // By the page behind the link.
    let path = format!("/invitation/{secret}");
    assert!(server.http().get(&path).await.text().contains("You are invited"));
    let mut browser = server.http();
    let came = browser.submit(&path, &[("name", "Cem"), ("password", PASSWORD)]).await;
    assert_eq!((came.status, came.header("location")), (303, "/"));
    assert_eq!(browser.get("/api/v1/session").await.expect(200)["user"]["name"], "Cem");

    server
        .http()
        .post("/api/v1/account", &with("Dan", &secret))
        .await
        .expect_error(403, "invitation_invalid");
    let refused = server.http().get(&path).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("has been used up"), "{}", refused.text());
    let made_up = "A".repeat(43);
    for bad in ["", "x", &made_up] {
        server
            .http()
            .post("/api/v1/account", &with("Dan", bad))
            .await
            .expect_error(403, "invitation_invalid");
    }
}

#[tokio::test]
async fn a_revoked_invitation_is_of_no_use() {
    let server = by_invitation().start().await;
    let mut owner = Person::with_role(&server, "Olga", "owner").await;
    let (secret, id) = invite(&mut owner, 5, 1).await;
    owner.http.delete(&format!("/api/v1/administration/invitations/{id}")).await.expect(200);
    let given = json!({"name": "Bob", "password": PASSWORD, "invitation": secret});
    server.http().post("/api/v1/account", &given).await.expect_error(403, "invitation_invalid");
    let listed = owner.http.get("/api/v1/administration/invitations").await.expect(200);
    let listed = &listed["invitations"][0];
    assert_eq!(
        (&listed["revoked"], &listed["good"], &listed["uses"]),
        (&json!(true), &json!(false), &json!(0))
    );
    assert!(!listed.to_string().contains(&secret), "it is shown once");
}

#[tokio::test]
async fn of_many_who_come_by_one_invitation_as_many_get_in_as_it_says() {
    let server = by_invitation().start().await;
    let mut owner = Person::with_role(&server, "Olga", "owner").await;
    let (secret, _) = invite(&mut owner, 3, 1).await;
    let come = |number: usize| {
        let mut http = server.http();
        let given = json!({"name": format!("Comer {number}"), "password": PASSWORD, "invitation": secret});
        async move { http.post("/api/v1/account", &given).await.status }
    };
    let came = futures_util::future::join_all((0..8).map(come)).await;
    assert_eq!(came.iter().filter(|status| **status == 201).count(), 3, "{came:?}");
    assert_eq!(came.iter().filter(|status| **status == 403).count(), 5, "{came:?}");
}

#[tokio::test]
async fn administrators_decide_how_accounts_are_made_and_it_lasts() {
    let mut server = by_invitation().start().await;
    let mut owner = Person::with_role(&server, "Olga", "owner").await;
    let (secret, _) = invite(&mut owner, 5, 1).await;
    let settings = "/api/v1/administration/settings";
    owner.http.put(settings, &json!({"sign_up": "open"})).await.expect(200);
    server.http().post("/api/v1/account", &account("Bob")).await.expect(201);
    server.stop().await;
    server.restart().await;
    server.http().post("/api/v1/account", &account("Cem")).await.expect(201);

    owner.http.put(settings, &json!({"sign_up": "closed"})).await.expect(200);
    let given = json!({"name": "Dan", "password": PASSWORD, "invitation": secret});
    server.http().post("/api/v1/account", &given).await.expect_error(403, "sign_up_closed");
    server.http().post("/api/v1/account", &account("Dan")).await.expect_error(403, "sign_up_closed");
    // What nobody has decided any more is as the server was started.
    owner.http.put(settings, &json!({})).await.expect(200);
    server.http().post("/api/v1/account", &given).await.expect(201);
    for bad in
        [json!({"sign_up": "sometimes"}), json!({"limits": {"rooms_per_hour": 0}}), json!({"guests": "x"})]
    {
        owner.http.put(settings, &bad).await.expect_error(400, "payload_invalid");
    }
}

#[tokio::test]
async fn guests_come_by_a_handle_where_they_are_let_in() {
    let server = by_invitation().start().await;
    let handle = json!({"name": "Visitor"});
    server.http().post("/api/v1/guest", &handle).await.expect_error(403, "guests_closed");
    assert_eq!(server.http().get("/guest").await.status, 403);
    let mut owner = Person::with_role(&server, "Olga", "owner").await;
    owner.http.put("/api/v1/administration/settings", &json!({"guests": true})).await.expect(200);

    // Nobody takes or imitates a member's name, and the other way round.
    for alike in ["Olga", "OLGA", "0lga", "Olgа"] {
        server.http().post("/api/v1/guest", &json!({"name": alike})).await.expect_error(409, "name_taken");
    }
    let page = server.http().get("/guest").await.text();
    assert!(page.contains("Please enter a handle"), "{page}");
    let mut browser = server.http();
    assert_eq!(browser.submit("/guest", &[("name", "Visitor")]).await.status, 303);
    let me = browser.get("/api/v1/session").await.expect(200)["user"].clone();
    assert_eq!((&me["name"], &me["role"]), (&json!("Visitor"), &json!("guest")));
    let sign_in = json!({"name": "Visitor", "password": PASSWORD});
    server.http().post("/api/v1/session", &sign_in).await.expect_error(401, "bad_credentials");

    // They are marked in what they write, and when they sign out they are gone and the handle is free.
    let lobby = owner.lobby().await;
    let path = format!("/api/v1/rooms/{lobby}/messages");
    browser.post(&path, &json!({"text": "hello", "nonce": "n1"})).await.expect(201);
    let said = owner.history(&lobby).await.pop().unwrap();
    assert_eq!((&said["author"]["name"], &said["author"]["guest"]), (&json!("Visitor"), &json!(true)));
    browser.delete("/api/v1/session").await.expect(200);
    let said = owner.history(&lobby).await.into_iter().find(|line| line["text"] == "hello").unwrap();
    assert_eq!(said["author"]["name"], "former guest");
    Person::guest(&server, "Visitor").await;
}
