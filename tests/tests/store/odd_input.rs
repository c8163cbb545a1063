//! What SQLite takes and PostgreSQL does not: U+0000 in a text.

use chinwag_tests::api::Person;
use chinwag_tests::server::Server;
use xtask::Postgres;

use crate::turns::together;

/// The place `a` U+0000 `b` in a list.
const PLACE: &str = "00000000000000000000000000000000.YQBi";

#[tokio::test]
async fn nothing_that_is_asked_for_is_an_outage() {
    let _together = together().await;
    let url = Postgres::shared().new_database().unwrap();
    let node = Server::with().database(&url).start().await;
    let mut owner = Person::with_role(&node, "Olga", "owner").await;
    let found = owner.http.get("/api/v1/people?text=ol%00").await.expect(200);
    assert_eq!(found["people"][0]["name"], "Olga", "{found}");
    owner.http.get("/api/v1/administration/people?text=ol%00").await.expect(200);
    for list in ["/api/v1/administration/rooms", "/api/v1/administration/people"] {
        owner.http.get(&format!("{list}?after={PLACE}")).await.expect_error(400, "payload_invalid");
    }
    let (name, password) = ("a\u{0}b", "\u{0}".repeat(12));
    let account = serde_json::json!({"name": name, "password": password});
    for path in ["/api/v1/account", "/api/v1/session"] {
        let reply = node.http().post(path, &account).await;
        assert!((400..500).contains(&reply.status), "{path}: {}", reply.text());
    }
    assert!(!node.log().contains("ERROR"), "{}", node.log());
}
