//! A room of so many people that it rests between frames: all of it is heard, once and in order, and not by who was removed.

use chinwag_tests::api::{Person, nonce};
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use futures_util::future::join_all;
use serde_json::{Value, json};

/// A stream of 34 people rests for a millisecond.
const PEOPLE: usize = 40;
/// How much each of them says.
const EACH: usize = 10;

/// Somebody in the room.
struct Member {
    person: Person,
    socket: Socket,
    /// Up to here they have loaded it.
    rev: u64,
}

impl Member {
    async fn of(server: &Server, mut person: Person, room: &str) -> Self {
        person.join(room).await;
        let mut socket = Socket::connect(&server.address(), &person.token).await;
        socket.event_named("session:ready").await;
        let rev = socket.expect("room:load", &json!({"room": room})).await["cursor"]["rev"].as_u64().unwrap();
        Self { person, socket, rev }
    }

    async fn talk(&self, room: &str) -> u64 {
        let mut last = 0;
        for number in 0..EACH {
            let text = format!("{} {number}", self.person.name);
            let message = json!({"room": room, "text": text, "nonce": nonce()});
            last = self.socket.expect("message:send", &message).await["rev"].as_u64().unwrap();
        }
        last
    }

    /// How many frames there were of the room up to `head`, each of which must follow upon the one before.
    async fn hear(&mut self, room: &str, head: u64) -> usize {
        let (loaded, mut frames) = (self.rev, 0);
        while self.rev < head {
            let frame = self.socket.event_where("stream:changes", |frame| frame["stream"] == room).await;
            // What came before it was loaded is known.
            if frame["rev"].as_u64() <= Some(loaded) {
                continue;
            }
            let revs =
                frame["changes"].as_array().unwrap().iter().map(|change| change["rev"].as_u64().unwrap());
            let new: Vec<u64> = revs.filter(|rev| *rev > loaded).collect();
            let through = frame["rev"].as_u64().unwrap();
            assert_eq!(new, (self.rev + 1..=through).collect::<Vec<_>>(), "{frame}");
            self.rev = through;
            frames += 1;
        }
        frames
    }
}

#[tokio::test]
async fn everybody_hears_everything_and_who_was_removed_nothing_after_it() {
    let server = Server::start().await;
    let mut ann = Person::sign_up(&server, "Ann").await;
    let room = ann.create_room("garden").await;
    let mut members = Vec::new();
    for number in 0..PEOPLE {
        let person = Person::sign_up(&server, &format!("Member {number}")).await;
        members.push(Member::of(&server, person, &room).await);
    }
    let bob = Person::sign_up(&server, "Bob").await;
    let mut bob = Member::of(&server, bob, &room).await;

    let removing = async {
        // In the middle of all that.
        members[0].socket.expect("room:load", &json!({"room": room})).await;
        let path = format!("/api/v1/rooms/{room}/members/{}", bob.person.id);
        ann.http.clone().delete(&path).await.expect(200)["rev"].as_u64().unwrap()
    };
    let talking = join_all(members.iter().map(|member| member.talk(&room)));
    let (said, removed) = tokio::join!(talking, removing);
    let head = said.iter().copied().max().unwrap().max(removed);
    let mut frames = 0;
    for member in &mut members {
        frames = member.hear(&room, head).await;
    }
    println!("{} changes came in {frames} frames to the last of them", said.len() * EACH + 1);
    // His own stream tells him. Whatever else was on its way to him has come before the answer.
    let mut heard = Vec::new();
    while !heard.iter().any(|payload: &Value| payload.to_string().contains("\"gone\":true")) {
        heard.push(bob.socket.event_named("stream:changes").await);
    }
    bob.socket.expect("me:load", &json!({})).await;
    heard.extend(bob.socket.pending().into_iter().map(|(_, payload)| payload));
    let of_room = heard.iter().filter(|payload| payload["stream"] == room);
    let latest = of_room.filter_map(|payload| payload["rev"].as_u64()).max().expect("he heard the beginning");
    assert!(latest < removed, "removed at {removed}, and heard {latest}");
}
