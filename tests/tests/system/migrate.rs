//! `chinwag migrate`: a server on a data folder goes on with PostgreSQL, and people notice a restart.

use chinwag_checker::Stored;
use chinwag_tests::api::{PASSWORD, Person, nonce};
use chinwag_tests::command::chinwag;
use chinwag_tests::follower::Follower;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Transport::{Polling, WebSocket};
use serde_json::json;
use xtask::Postgres;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_notice_a_restart_and_nothing_else() {
    let url = Postgres::shared().new_database().unwrap();
    let mut server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let room = ada.create_room("garden").await;
    bob.join(&room).await;
    for number in 0..120 {
        ada.post(&room, &format!("before {number}")).await;
    }
    let path = format!("/api/v1/rooms/{room}/messages");
    let unheard = json!({"text": "its answer is lost", "nonce": nonce()});
    let first = bob.http.post(&path, &unheard).await.expect(201);
    // One was there until the end and one had gone before; both come back with the places that they know.
    let mut there = Follower::connected(&server, &ada, WebSocket).await;
    let mut gone = Follower::connected(&server, &bob, Polling).await;
    gone.cut();
    let last = ada.post(&room, "the last one on the folder").await;
    there.hear_everything_up_to(&[(room.clone(), last)].into()).await;
    let epoch = there.picture.cursors[&room].epoch.clone();

    let data = server.data();
    let folder = server.folder().to_owned();
    let arguments = ["migrate", "--from", data.to_str().unwrap(), "--to", url.as_str()];
    chinwag(&folder, &arguments).run().expect_refusal(&["in use"]);
    assert!(server.stop().await.success());
    let before = Stored::read(&data).unwrap();
    let moved = chinwag(&folder, &arguments).run();
    moved.expect_success();
    for said in ["2 people", "2 rooms", "CHINWAG_DATABASE"] {
        assert!(moved.output.contains(said), "{said}: {}", moved.output);
    }
    assert_eq!(Stored::read_database(&url).await.unwrap(), before, "everything is there");
    chinwag(&folder, &arguments).run().expect_refusal(&["before, to the end"]);

    server.go_on_with(&url).await;
    // The sessions go on, and a retry of what was posted before is known.
    let again = ada.http.get("/api/v1/me").await.expect(200);
    assert_eq!(again["user"]["name"], "Ada");
    let again = bob.http.post(&path, &unheard).await.json();
    assert_eq!((&again["seq"], &again["repeated"]), (&first["seq"], &json!(true)), "{again}");
    let given = json!({"name": "Bob", "password": PASSWORD});
    server.http().post("/api/v1/session", &given).await.expect(200);
    // Clients go on from where they are: a page of history is more than they have missed.
    there.connect().await;
    gone.connect().await;
    let next = bob.post(&room, "the first one in PostgreSQL").await;
    assert_eq!(next, last + 1);
    for follower in [&mut there, &mut gone] {
        follower.hear_everything_up_to(&[(room.clone(), next)].into()).await;
        assert_eq!(follower.picture.cursors[&room].epoch, epoch, "the history is unbroken");
    }
    assert_eq!(there.picture, Follower::connected(&server, &ada, WebSocket).await.picture);
    assert_eq!(gone.picture, Follower::connected(&server, &bob, WebSocket).await.picture);

    // Whoever starts a server on the folder again has two histories, and clients can tell them apart.
    let other = Server::with().data(&data).start().await;
    let stale = Follower::connected(&other, &ada, WebSocket).await;
    assert_ne!(stale.picture.cursors[&room].epoch, epoch);
}
