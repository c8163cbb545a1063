//! Rooms that do not keep everything: set over the real protocol, removed by the real server. Nobody waits for a day: while the
//! server is down a room's past is moved back in its database.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chinwag_tests::DEADLINE;
use chinwag_tests::api::{Person, texts};
use chinwag_tests::log_reader::LogReader;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use rusqlite::Connection;
use serde_json::{Value, json};
use xtask::RabbitMq;

/// A day, in milliseconds.
const DAY: i64 = 24 * 3_600_000;

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// Everything that was in all rooms was so many milliseconds earlier. The server is down.
fn let_pass(server: &Server, millis: i64) {
    let database = Connection::open(server.data().join("chinwag.db")).unwrap();
    for sql in [
        "UPDATE message SET at = at - ?",
        "UPDATE room SET next_from = next_from - ?",
        "UPDATE retention SET due_at = due_at - ?",
        "UPDATE job SET due_at = due_at - ?",
    ] {
        database.execute(sql, [millis]).unwrap();
    }
}

/// What is told of a room itself, once it is as it is to be.
async fn told_of(socket: &mut Socket, room: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let find = |told: &Value| {
        let mut rooms = told["changes"].as_array().unwrap().iter().map(|change| &change["room"]);
        rooms.find(|data| data["id"] == room && wanted(data)).cloned()
    };
    find(&socket.event_where("stream:changes", |told| find(told).is_some()).await).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_hear_of_a_rule_and_of_what_it_has_removed() {
    let broker = RabbitMq::shared().url();
    let setup = Server::with().env("CHINWAG_AMQP", &broker).env("CHINWAG_INSTANCE", "retained");
    let mut server = setup.start().await;
    let (mut ada, mut bob) = (Person::sign_up(&server, "Ada").await, Person::sign_up(&server, "Bob").await);
    let room = ada.create_room("garden").await;
    bob.join(&room).await;
    let mut old = Vec::new();
    for number in 0..30 {
        old.push(bob.post(&room, &format!("old {number}")).await);
    }
    server.stop().await;
    let_pass(&server, 8 * DAY);
    server.restart().await;
    ada.post(&room, "young").await;
    let stale = bob.http.get(&format!("/api/v1/rooms/{room}")).await.expect(200)["cursor"].clone();

    // It is told: a line, and the room.
    let mut his = Socket::connect(&server.address(), &bob.token).await;
    his.event_named("session:ready").await;
    let hers = Socket::connect(&server.address(), &ada.token).await;
    let set = json!({"room": room, "days": 7});
    let begun = now();
    let rev = hers.expect("room:set_retention", &set).await["rev"].clone();
    let line = his
        .event_where("stream:changes", |told| told["changes"][0]["message"]["kind"] == "retention")
        .await["changes"][0]["message"]
        .clone();
    assert_eq!((&line["days"], &line["author"]["name"]), (&json!(7), &json!("Ada")), "{line}");
    let from = line["from"].as_i64().unwrap();
    assert!((begun + DAY - 5_000..=now() + DAY + 5_000).contains(&from), "{line}");
    let loaded = bob.http.get(&format!("/api/v1/rooms/{room}")).await.expect(200);
    assert_eq!(loaded["room"]["retention"], json!({"days": null, "next": {"days": 7, "from": from}}));
    assert_eq!((&loaded["room"]["rev"], &loaded["room"]["history_from"]), (&rev, &Value::Null));
    assert_eq!(*loaded["messages"].as_array().unwrap().last().unwrap(), line);
    assert_eq!(texts(&bob.history(&room).await).len(), 31, "nothing goes before it is told for a day");

    // A day later the server is started, and does it.
    server.stop().await;
    let_pass(&server, DAY);
    server.restart().await;
    let mut his = Socket::connect(&server.address(), &bob.token).await;
    his.event_named("session:ready").await;
    let begun = std::time::Instant::now();
    while texts(&bob.history(&room).await) != ["young"] {
        assert!(begun.elapsed() < DEADLINE, "nothing was removed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let path = format!("/api/v1/rooms/{room}");
    let begins = json!(old.last().unwrap() + 1);
    while bob.http.get(&path).await.expect(200)["room"]["history_from"] != begins {
        assert!(begun.elapsed() < DEADLINE, "nobody is told");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let now_kept = bob.http.get(&path).await.expect(200)["room"].clone();
    assert_eq!(now_kept["retention"], json!({"days": 7}), "{now_kept}");
    // Two lines about who came are gone as well.
    let logged = format!(r#""room":"{room}","messages":32,"floor":{}"#, old.last().unwrap());
    assert!(server.log().contains(&logged), "each step is logged: {}", server.log());
    let mut reader = LogReader::start("retained", &broker);
    let (key, entry) = reader.read_until(&["Removing old messages"]);
    assert_eq!(key, "retained.debug.log debug.log");
    assert_eq!((&entry["room"], &entry["messages"]), (&json!(room), &json!(32)), "{entry}");

    // Whoever was away since before that loads afresh; what is gone cannot be changed.
    let early = json!({"epoch": stale["epoch"], "rev": old[0]});
    let caught = bob.http.post("/api/v1/sync", &json!({"cursors": {&room: early}})).await.expect(200);
    assert_eq!(caught["streams"][&room], json!({"reset": true}), "{caught}");
    let caught = bob.http.post("/api/v1/sync", &json!({"cursors": {&room: stale}})).await.expect(200);
    let told = caught["streams"][&room]["changes"].as_array().unwrap();
    assert!(told.iter().any(|change| change["room"]["history_from"] == begins), "{caught}");
    let gone = format!("/api/v1/rooms/{room}/messages/{}", old[0]);
    bob.http.delete(&gone).await.expect_error(404, "message_unknown");
    let edit = json!({"version": old[0], "text": "anew"});
    bob.http.patch(&gone, &edit).await.expect_error(404, "message_unknown");
    let found = bob.http.get(&format!("/api/v1/rooms/{room}/search?text=old")).await.expect(200);
    assert_eq!(found["messages"], json!([]));

    // One that removes less holds at once, and who is there hears of it.
    let path = format!("/api/v1/rooms/{room}/retention");
    ada.http.put(&path, &json!({"days": null})).await.expect(200);
    let told = told_of(&mut his, &room, |data| data["retention"].is_null()).await;
    assert_eq!(told["history_from"], begins, "{told}");
}

#[tokio::test]
async fn who_is_there_hears_what_was_removed() {
    let mut server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let room = ada.create_room("garden").await;
    let old = ada.post(&room, "old").await;
    server.stop().await;
    let_pass(&server, 40 * DAY);
    server.restart().await;
    let path = format!("/api/v1/rooms/{room}/retention");
    ada.http.put(&path, &json!({"days": 30})).await.expect(200);
    let mut socket = Socket::connect(&server.address(), &ada.token).await;
    socket.event_named("session:ready").await;
    // Beside the running server: the job that waits is due now.
    let database = Connection::open(server.data().join("chinwag.db")).unwrap();
    database.busy_timeout(DEADLINE).unwrap();
    for table in [
        "room SET next_from = 1 WHERE next_from",
        "retention SET due_at = 1 WHERE due_at",
        "job SET due_at = 1 WHERE due_at",
    ] {
        database.execute(&format!("UPDATE {table} IS NOT NULL"), []).unwrap();
    }
    let told = told_of(&mut socket, &room, |data| data["history_from"].is_number()).await;
    assert_eq!(
        (&told["retention"], &told["history_from"]),
        (&json!({"days": 30}), &json!(old + 1)),
        "{told}"
    );
    let begun = std::time::Instant::now();
    loop {
        let waiting = server.command(&["jobs", "list", "--state", "waiting"]).run();
        let leased = server.command(&["jobs", "list", "--state", "leased"]).run();
        if !leased.output.contains("retention.sweep") && waiting.output.contains("retention.sweep") {
            break;
        }
        assert!(begun.elapsed() < DEADLINE, "the next one does not wait: {waiting:?} {leased:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn what_is_no_rule_is_refused() {
    let server = Server::start().await;
    let (mut ada, mut bob) = (Person::sign_up(&server, "Ada").await, Person::sign_up(&server, "Bob").await);
    let room = ada.create_room("garden").await;
    bob.join(&room).await;
    let path = format!("/api/v1/rooms/{room}/retention");
    for days in [0, 36_501, u32::MAX] {
        ada.http.put(&path, &json!({"days": days})).await.expect_error(400, "retention_invalid");
    }
    for bad in
        [json!({}), json!({"days": "30"}), json!({"days": -1}), json!({"days": 1.5}), json!({"days": true})]
    {
        ada.http.put(&path, &bad).await.expect_error(400, "payload_invalid");
    }
    let socket = Socket::connect(&server.address(), &ada.token).await;
    socket.expect_error("room:set_retention", &json!({"room": room}), "payload_invalid").await;
    bob.http.put(&path, &json!({"days": 30})).await.expect_error(403, "forbidden");
    let me = ada.http.get("/api/v1/me").await.expect(200);
    let rooms = me["rooms"].as_array().unwrap();
    assert!(rooms.iter().all(|entry| entry["room"]["retention"].is_null()), "{me}");
}

#[tokio::test]
async fn the_plain_pages_say_it_and_take_it() {
    let server = Server::start().await;
    let (mut ada, mut bob) = (Person::sign_up(&server, "Ada").await, Person::sign_up(&server, "Bob").await);
    let room = ada.create_room("garden").await;
    bob.join(&room).await;
    let members = format!("/rooms/{room}/members");
    let browser = |person: &Person| person.http.clone().with_header("accept", "text/html");
    let (mut hers, mut his) = (browser(&ada), browser(&bob));
    let set = [("do", "set_retention"), ("days", " 30 ")];
    let done = hers.submit(&members, &set).await;
    assert_eq!(done.header("location"), format!("{members}?done=retention"), "{}", done.text());
    for path in [format!("/rooms/{room}"), members.clone()] {
        let page = his.get(&path).await.text();
        assert!(page.contains("UTC on, messages older than 30 days are removed."), "{page}");
    }
    let page = his.get(&format!("/rooms/{room}")).await.text();
    assert!(page.contains("Ada</span> set that from "), "{page}");
    assert!(!his.get(&members).await.text().contains("set_retention"), "it is not his to set");
    let page = hers.get(&members).await.text();
    assert!(page.contains(r#"name="days" value="30""#), "{page}");
    let refused = hers.submit(&members, &[("do", "set_retention"), ("days", "soon")]).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains(r#"value="soon""#) && refused.text().contains("1 to 36500 days"));
    hers.submit(&members, &[("do", "set_retention"), ("days", "")]).await;
    let page = his.get(&format!("/rooms/{room}")).await.text();
    assert!(
        !page.contains("<p class=\"meta\">From ") && page.contains("set that messages are kept for ever"),
        "{page}"
    );
}
