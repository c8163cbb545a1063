//! A backup while people chat: of one moment, with everything that was acknowledged before it began.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use chinwag_tests::api::Person;
use chinwag_tests::backup::Backup;
use chinwag_tests::command::chinwag;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use rusqlite::Connection;
use serde_json::json;
use tokio::sync::watch;

const CLIENTS: u64 = 8;
/// As long as makes the database some MB, so that copying it takes more than one step.
const FILLING: usize = 6_000;

/// What was acknowledged: the room, `seq` and text.
type Acknowledged = Arc<Mutex<Vec<(String, u64, String)>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_has_all_that_was_acknowledged_and_nothing_half() {
    let server = Server::start().await;
    let mut owner = Person::sign_up(&server, "owner").await;
    let rooms = [owner.create_room("garden").await, owner.create_room("shed").await];
    let acknowledged = Acknowledged::default();
    let (count, mut counted) = watch::channel(0);
    let (go_on, asked) = watch::channel(true);
    let mut tasks = Vec::new();
    for number in 0..CLIENTS {
        let mut person = Person::sign_up(&server, &format!("client {number}")).await;
        let room = rooms[usize::from(number % 2 == 0)].clone();
        person.join(&room).await;
        let socket = Socket::connect(&server.address(), &person.token).await;
        tasks.push(tokio::spawn(post(
            socket,
            person,
            room,
            Arc::clone(&acknowledged),
            count.clone(),
            asked.clone(),
        )));
    }
    counted.wait_for(|count| *count >= 800).await.unwrap();

    let before = acknowledged.lock().unwrap().clone();
    let data = server.data().display().to_string();
    let done = chinwag(server.folder(), &["backup", "one", "--data", &data]).run();
    let after = acknowledged.lock().unwrap().len();
    done.expect_success();
    assert_eq!(done.complaint, "", "without a terminal there is nothing to show");
    assert_eq!(done.output.lines().count(), 1, "{done:?}");
    assert!(done.output.contains("one") && done.output.contains(" MB"), "{done:?}");
    assert!(after > before.len(), "people went on meanwhile");
    // And they go on after it.
    counted.wait_for(|count| *count >= after + 100).await.unwrap();
    go_on.send(false).unwrap();
    for task in tasks {
        task.await.unwrap();
    }

    let trailer = Backup::read(&server.folder().join("one")).trailer;
    assert_eq!(trailer["format"], 8, "{trailer}");
    let restored = chinwag(server.folder(), &["restore", "one", "--data", "restored"]).run();
    restored.expect_success();
    assert!(restored.output.contains("9 people and 3 rooms"), "{restored:?}");
    let all = acknowledged.lock().unwrap().clone();
    check(&server.folder().join("restored/chinwag.db"), &before, &all);
    let server = Server::with().data(&server.folder().join("restored")).start().await;
    let mut owner = Person { http: server.http().with_token(&owner.token), ..owner };
    let history = owner.history(&rooms[0]).await;
    assert!(history.iter().any(|message| message["text"].is_string()));
    owner.post(&rooms[0], "on we go").await;
}

/// Posts as fast as it can until it is told to stop.
async fn post(
    socket: Socket,
    person: Person,
    room: String,
    acknowledged: Acknowledged,
    count: watch::Sender<usize>,
    asked: watch::Receiver<bool>,
) {
    for number in 0.. {
        if !*asked.borrow() {
            return;
        }
        let text = format!("{} says {number}, {}.", person.name, "x".repeat(FILLING));
        let send = json!({"room": room, "text": text, "nonce": format!("{}-{number}", person.id)});
        let seq = socket.expect("message:send", &send).await["seq"].as_u64().unwrap();
        acknowledged.lock().unwrap().push((room.clone(), seq, text));
        count.send_modify(|count| *count += 1);
    }
}

/// Looks at the database itself. `all` was acknowledged in the end, and `before` before the backup began.
fn check(database: &Path, before: &[(String, u64, String)], all: &[(String, u64, String)]) {
    let database = Connection::open(database).unwrap();
    let numbers = |sql: &str| -> Vec<i64> {
        let mut statement = database.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let holes = "SELECT head FROM stream s WHERE head <> (SELECT count(*) FROM change WHERE stream = s.id)
        OR head <> (SELECT max(rev) FROM change WHERE stream = s.id)
        OR 1 <> (SELECT min(rev) FROM change WHERE stream = s.id)";
    assert_eq!(numbers(holes), [0; 0], "revs 1 to head, each once");
    assert!(numbers("SELECT head FROM stream WHERE kind = 1").iter().sum::<i64>() > before.len() as i64);
    let homeless = "SELECT rev FROM change c WHERE stream NOT IN (SELECT id FROM stream)
        OR kind = 1 AND NOT EXISTS (SELECT 1 FROM message m WHERE m.room = c.stream AND m.seq = c.target)";
    assert_eq!(numbers(homeless), [0; 0], "what changed is there");
    let untold = "SELECT seq FROM message m
        WHERE NOT EXISTS (SELECT 1 FROM change c WHERE c.stream = m.room AND c.rev = m.rev AND c.target = m.seq)";
    assert_eq!(numbers(untold), [0; 0], "each message has its change");

    let mut messages = HashMap::new();
    let mut statement =
        database.prepare("SELECT lower(hex(room)), seq, text FROM message WHERE kind = 0").unwrap();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let place = (row.get::<_, String>(0).unwrap(), row.get::<_, i64>(1).unwrap() as u64);
        messages.insert(place, row.get::<_, String>(2).unwrap());
    }
    let place = |(room, seq, _): &(String, u64, String)| (room.replace('-', ""), *seq);
    for posted in before {
        assert_eq!(messages.get(&place(posted)), Some(&posted.2), "acknowledged before the backup began");
    }
    let known: HashMap<_, _> = all.iter().map(|posted| (place(posted), &posted.2)).collect();
    for (place, text) in &messages {
        assert_eq!(known.get(place), Some(&text), "what is there is what somebody posted");
    }
    println!(
        "{} acknowledged before, {} in the backup, {} in the end",
        before.len(),
        messages.len(),
        all.len()
    );
}
