//! Data folders that earlier versions wrote open in this one, with everything in them. Each is kept as the SQL text of its
//! database in `tests/fixtures`, one for each format that was ever released.

use chinwag_checker::{Stored, check};
use chinwag_tests::api::{PASSWORD, Person, nonce, texts};
use chinwag_tests::http::Http;
use chinwag_tests::server::Server;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Bob's session in the fixture of format 1. It opens nothing but that.
const BOB: &str = "S_PkP0sRyjkyyRmgIWSESpyaaPaARw7xvdiWTlBZq3g";

/// A data folder with that database.
fn folder(sql: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let database = rusqlite::Connection::open(folder.path().join("chinwag.db")).unwrap();
    database.execute_batch(sql).unwrap();
    folder
}

async fn sign_in(http: &mut Http, name: &str) -> Value {
    http.post("/api/v1/session", &json!({"name": name, "password": PASSWORD})).await.expect(200)
}

#[tokio::test]
async fn a_folder_of_the_first_format_opens_with_everything_in_it() {
    let folder = folder(include_str!("../../fixtures/format-1.sql"));
    let before = Stored::read(folder.path()).unwrap();
    let server = Server::with().data(folder.path()).start().await;
    assert_eq!(Stored::read(folder.path()).unwrap(), before, "opening changes nothing that people see");
    assert_eq!(check(&[], &before), []);

    let ada = sign_in(&mut server.http(), "Ada").await;
    assert_eq!(ada["user"]["role"], "owner");
    sign_in(&mut server.http(), "Cy").await;
    let mut http = server.http().with_token(BOB);
    let me = http.get("/api/v1/me").await.expect(200);
    let room = me["rooms"].as_array().unwrap().iter().find(|entry| entry["room"]["name"] == "garden");
    let room = room.expect("Bob came back to the garden")["room"]["id"].as_str().unwrap().to_owned();
    let id = me["user"]["id"].as_str().unwrap().to_owned();
    let mut bob = Person { name: "Bob".to_owned(), id, token: BOB.to_owned(), http };

    let history = bob.history(&room).await;
    let said = ["Good morning", "The roses are in bloom", "Blumen \u{1f339}, цветы, زهور"];
    assert_eq!(texts(&history), said);
    assert_eq!(history.iter().filter(|message| message["deleted"] == true).count(), 1);
    let lines: Vec<_> = history.iter().filter_map(|message| message["kind"].as_str()).collect();
    assert_eq!(lines, ["joined", "joined", "joined", "removed", "left", "joined"]);

    // It can be searched, too.
    let found = bob.http.get(&format!("/api/v1/rooms/{room}/search?text=%D0%A6%D0%92%D0%95%D0%A2")).await;
    assert_eq!(texts(found.expect(200)["messages"].as_array().unwrap()), said[2..]);

    // A retry of what was posted before the upgrade is known, and the conversation goes on.
    let path = format!("/api/v1/rooms/{room}/messages");
    let again = json!({"text": "The roses are in blom", "nonce": "bob-1"});
    let again = bob.http.post(&path, &again).await.json();
    assert_eq!((&again["ok"], &again["repeated"]), (&json!(true), &json!(true)), "{again}");
    let head = before.streams[&room].head;
    let more = json!({"text": "and after the upgrade", "nonce": nonce()});
    assert_eq!(bob.http.post(&path, &more).await.expect(201)["seq"], head + 1);
}
