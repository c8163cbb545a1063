//! Slash commands: done by programs of others, the workers of `examples` among them.

use std::time::{Duration, Instant};

use chinwag_tests::api::{Person, nonce, texts};
use chinwag_tests::example_worker::ExampleWorker;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use serde_json::json;
use tempfile::TempDir;
use xtask::RabbitMq;

const COMMANDS: &str = r#"
[commands.charge]
help = "Charges a card: /charge 12.50"
queue = "charge"

[commands.roll]
help = "Throws dice: /roll 2d6"
queue = "roll"

[commands.nobody]
help = "Is done by nobody"
queue = "nobody"
timeout-seconds = 1
"#;

/// A server that knows commands, somebody, and a room of theirs.
struct Place {
    server: Server,
    ada: Person,
    room: String,
    _folder: TempDir,
}

impl Place {
    async fn at(broker: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("chinwag.toml");
        std::fs::write(&file, COMMANDS).unwrap();
        let setup = Server::with().env("CHINWAG_CONFIG", file.to_str().unwrap());
        let server = setup.env("CHINWAG_AMQP", broker).start().await;
        let mut ada = Person::sign_up(&server, "Ada").await;
        let room = ada.create_room("garden").await;
        let mut place = Self { server, ada, room, _folder: folder };
        place.until_connected(broker).await;
        place
    }

    fn path(&self) -> String {
        format!("/api/v1/rooms/{}/messages", self.room)
    }

    /// Until the broker has been reached: without it, nobody is there for a command at once.
    async fn until_connected(&mut self, broker: &str) {
        let begun = Instant::now();
        let dice = ExampleWorker::python(broker);
        loop {
            let body = json!({"text": "/roll", "nonce": nonce()});
            let reply = self.ada.http.post(&self.path(), &body).await;
            if reply.status == 200 {
                break;
            }
            reply.expect_error(503, "command_unavailable");
            assert!(begun.elapsed() < chinwag_tests::DEADLINE, "the broker is not reached");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        drop(dice);
    }
}

#[tokio::test]
async fn a_card_is_charged_while_the_server_goes_on() {
    let broker = RabbitMq::shared();
    let mut place = Place::at(&broker.url()).await;
    let worker = ExampleWorker::node(&broker.url());
    let socket = Socket::connect(&place.server.address(), &place.ada.token).await;
    let begun = Instant::now();
    let charge = json!({"room": place.room, "text": "/charge 12.50", "nonce": nonce()});
    let charging = socket.expect("message:send", &charge);
    tokio::pin!(charging);
    // Others, and the asker, are served meanwhile.
    let mut posted = 0;
    let answer = loop {
        let body = json!({"text": "meanwhile", "nonce": nonce()});
        tokio::select! {
            answer = &mut charging => break answer,
            () = tokio::time::sleep(Duration::from_millis(100)) => {
                // Over the same socket, too.
                socket.expect("message:send", &json!({"room": place.room, "text": "meanwhile", "nonce": nonce()})).await;
                place.ada.http.post(&place.path(), &body).await.expect(201);
                posted += 2;
            }
        }
    };
    println!("charged after {:?}; posted meanwhile: {posted}", begun.elapsed());
    assert_eq!(answer, json!({"ok": true, "command": "charge", "answer": "Charged! Thanks!"}));
    assert!(begun.elapsed() >= Duration::from_millis(1_500), "the bank takes as long");
    assert!(posted > 2, "{posted}");

    // With the same nonce it is charged once: the worker is not asked again, it could not answer.
    worker.pause();
    assert_eq!(socket.expect("message:send", &charge).await, answer);
    drop(worker);
    // Why not is a sentence of the worker's own.
    let _worker = ExampleWorker::node(&broker.url());
    let nothing = json!({"text": "/charge", "nonce": nonce()});
    let refused = place.ada.http.post(&place.path(), &nothing).await.expect_error(422, "command_refused");
    assert_eq!(refused["error"]["message"], "Say how much, like /charge 12.50.");
    // Nothing of it is in the room.
    let history = place.ada.history(&place.room).await;
    let history = texts(&history);
    assert_eq!(history, vec!["meanwhile"; posted]);
}

#[tokio::test]
async fn what_nobody_does_is_told_and_what_is_no_command_is_a_message() {
    let mut place = Place::at(&RabbitMq::shared().url()).await;
    let path = place.path();
    let ask = |text: &str| json!({"text": text, "nonce": nonce()});
    let nobody = place.ada.http.post(&path, &ask("/nobody")).await.expect_error(503, "command_unavailable");
    assert!(nobody["error"]["message"].as_str().unwrap().contains("nothing was done"), "{nobody}");
    for text in ["/unknown 1", "//charge 1", "/", " /charge 1", "see /charge 1"] {
        place.ada.http.post(&path, &ask(text)).await.expect(201);
    }
    let history = place.ada.history(&place.room).await;
    let history = texts(&history);
    assert_eq!(history, ["/unknown 1", "//charge 1", "/", " /charge 1", "see /charge 1"]);

    let listed = place.ada.http.get("/api/v1/commands").await.expect(200);
    let socket = Socket::connect(&place.server.address(), &place.ada.token).await;
    assert_eq!(socket.expect("command:list", &json!({})).await, listed);
    let words: Vec<_> = listed["commands"].as_array().unwrap().iter().map(|known| &known["word"]).collect();
    assert_eq!(words, ["charge", "nobody", "roll"]);
    assert_eq!(listed["commands"][1]["timeout_seconds"], 1);
}

#[tokio::test]
async fn only_who_may_write_may_ask() {
    let broker = RabbitMq::shared();
    let mut place = Place::at(&broker.url()).await;
    let _dice = ExampleWorker::python(&broker.url());
    let path = place.path();
    let mut bob = Person::sign_up(&place.server, "Bob").await;
    let roll = || json!({"text": "/roll 2d6", "nonce": nonce()});
    bob.http.post(&path, &roll()).await.expect_error(403, "not_a_member");
    bob.join(&place.room).await;
    let rolled = bob.http.post(&path, &roll()).await.expect(200);
    assert!(rolled["answer"].as_str().unwrap().starts_with("You rolled "), "{rolled}");
    let mut moderator = Person::with_role(&place.server, "Mo", "moderator").await;
    let mute = format!("/api/v1/administration/people/{}/mute", bob.id);
    moderator.http.put(&mute, &json!({"until": 32_503_680_000_000_u64})).await.expect(200);
    bob.http.post(&path, &roll()).await.expect_error(403, "muted");

    // The page without scripts shows the answer as well.
    let page = place.ada.http.get(&format!("/rooms/{}", place.room)).await.text();
    assert!(page.contains("name=\"nonce\""), "{page}");
    let fields = [("text", "/roll 1d1"), ("nonce", "1")];
    let answered = place.ada.http.submit(&format!("/rooms/{}", place.room), &fields).await;
    assert!(answered.text().contains("You rolled 1."), "{}", answered.text());
}

#[tokio::test]
async fn a_broker_that_stands_still_is_given_up_and_everything_else_goes_on() {
    let mut broker = RabbitMq::start().unwrap();
    let mut place = Place::at(&broker.url()).await;
    broker.pause().unwrap();
    let body = json!({"text": "/nobody", "nonce": nonce()});
    let begun = Instant::now();
    place.ada.http.post(&place.path(), &body).await.expect_error(504, "command_unanswered");
    println!("given up after {:?}", begun.elapsed());
    let message = json!({"text": "hello", "nonce": nonce()});
    place.ada.http.post(&place.path(), &message).await.expect(201);
    broker.resume().unwrap();
}
