//! The two chats that are compared: how to come in, how to post, and what a delivery looks like.

use std::time::Duration;

use clap::ValueEnum;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Fault;
use crate::http::Http;
use crate::websocket::{Frames, Sink, connect};

/// Which chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Chinwag.
    Chinwag,
    /// Node, Express, socket.io and Redis, as in the tutorials (`bench/peers/node-redis`).
    Node,
}

/// Who is in which rooms.
pub(crate) struct Plan {
    /// Ids of rooms, as the chat calls them.
    pub(crate) rooms: Vec<String>,
    /// For each client the places in `rooms` of its rooms.
    pub(crate) of_client: Vec<Vec<usize>>,
    /// For each client what it is let in by.
    tokens: Vec<Option<String>>,
}

impl Plan {
    /// `clients` clients in `rooms` rooms, each room with `members` of them. Accounts and rooms are made where needed.
    pub(crate) async fn make(
        kind: Kind,
        address: &str,
        clients: usize,
        rooms: usize,
        members: usize,
    ) -> Result<Self, Fault> {
        let mut of_client = vec![Vec::new(); clients];
        for room in 0..rooms {
            for member in 0..members {
                of_client[(room * members + member) % clients].push(room);
            }
        }
        let mut plan = Self { rooms: Vec::new(), of_client, tokens: vec![None; clients] };
        match kind {
            Kind::Node => plan.rooms = (0..rooms).map(|room| format!("room-{room}")).collect(),
            Kind::Chinwag => plan.make_on_chinwag(address, rooms).await?,
        }
        Ok(plan)
    }

    async fn make_on_chinwag(&mut self, address: &str, rooms: usize) -> Result<(), Fault> {
        let run = Uuid::new_v4().simple().to_string();
        let mut people = Vec::new();
        for client in 0..self.tokens.len() {
            let mut http = Http::connect(address).await?;
            let body =
                json!({"name": format!("{client} {}", &run[..12]), "password": "correct horse battery"});
            let answer = http.ask("POST", "/api/v1/account", &body).await?;
            http.token = answer["token"].as_str().map(str::to_owned);
            self.tokens[client].clone_from(&http.token);
            people.push(http);
        }
        for room in 0..rooms {
            let body = json!({"name": format!("room {room} {}", &run[..12])});
            let mut members = (0..people.len()).filter(|&client| self.of_client[client].contains(&room));
            let maker = members.next().ok_or("a room has at least one member")?;
            let made = people[maker].ask("POST", "/api/v1/rooms", &body).await?;
            let id = made["room"]["id"].as_str().unwrap_or_default().to_owned();
            for member in members.collect::<Vec<_>>() {
                let path = format!("/api/v1/rooms/{id}/members/me");
                people[member].ask("PUT", &path, &Value::Null).await?;
            }
            self.rooms.push(id);
        }
        Ok(())
    }

    /// Connects a client and lets it hear its rooms.
    pub(crate) async fn enter(
        &self,
        kind: Kind,
        address: &str,
        client: usize,
    ) -> Result<(Frames, Sink), Fault> {
        let (mut frames, mut sink) = connect(address).await?;
        let auth = match &self.tokens[client] {
            Some(token) => json!({ "token": token }),
            None => json!({ "username": format!("user{client}") }),
        };
        sink.send(format!("40{auth}").as_bytes()).await?;
        match kind {
            Kind::Chinwag => until(&mut frames, b"42[\"session:ready\"").await?,
            Kind::Node => {
                until(&mut frames, b"40").await?;
                for room in &self.of_client[client] {
                    let join = json!(["join", self.rooms[*room]]);
                    sink.send(format!("420{join}").as_bytes()).await?;
                    until(&mut frames, b"430[").await?;
                }
            }
        }
        Ok((frames, sink))
    }
}

async fn until(frames: &mut Frames, prefix: &[u8]) -> Result<(), Fault> {
    loop {
        let frame = frames.next().await?;
        if frame.starts_with(b"44") || frame.starts_with(b"41") {
            return Err(String::from_utf8_lossy(frame).into_owned().into());
        }
        if frame.starts_with(prefix) {
            return Ok(());
        }
    }
}

/// What stands before a time in a message, which ends with a space.
const TIME: &str = "sent at ";

/// Writes the packet that posts a message of about 100 characters, perhaps with a time in it, and asks for
/// acknowledgement `id`.
pub(crate) fn post(kind: Kind, packet: &mut Vec<u8>, room: &str, id: u64, time: Option<Duration>) {
    const TEXT: &str =
        "The quick brown fox jumps over the lazy dog, and the dog, being lazy, lets it pass without a word";
    packet.clear();
    let timed = time.map(|time| {
        format!(
            "{TIME}{} and about as long as the other one, so that it costs as much to send.",
            time.as_micros()
        )
    });
    let text = timed.as_deref().unwrap_or(TEXT);
    let event = match kind {
        Kind::Chinwag => {
            let nonce = Uuid::new_v4();
            format!(r#"42{id}["message:send",{{"room":"{room}","text":"{text}","nonce":"{nonce}"}}]"#)
        }
        Kind::Node => format!(r#"42{id}["chat message",{{"room":"{room}","text":"{text}"}}]"#),
    };
    packet.extend_from_slice(event.as_bytes());
}

/// Writes the packet of a message without a text, which Chinwag refuses before it asks the store for anything.
pub(crate) fn ask(packet: &mut Vec<u8>, room: &str, id: u64) {
    packet.clear();
    packet.extend_from_slice(
        format!(r#"42{id}["message:send",{{"room":"{room}","text":"","nonce":"{id:016}"}}]"#).as_bytes(),
    );
}

/// The times in the messages of a frame.
pub(crate) fn times(frame: &[u8]) -> impl Iterator<Item = Duration> {
    memchr::memmem::find_iter(frame, TIME).map(|place| {
        let digits = frame[place + TIME.len()..].iter().take_while(|byte| byte.is_ascii_digit());
        Duration::from_micros(digits.fold(0, |time, digit| time * 10 + u64::from(digit - b'0')))
    })
}

/// What a frame is to the one who counts.
pub(crate) enum Heard {
    /// This many messages.
    Messages(usize),
    /// An acknowledgement: its id, and whether all was well.
    Acknowledged(u64, bool),
    /// To be answered.
    Ping,
    /// Something else.
    Other,
}

/// Tells what a frame is.
pub(crate) fn heard(kind: Kind, frame: &[u8]) -> Heard {
    if frame.starts_with(b"42") {
        return match kind {
            Kind::Chinwag if frame.starts_with(b"42[\"stream:changes\"") => {
                Heard::Messages(memchr::memmem::find_iter(frame, b"\"message\":{").count())
            }
            Kind::Node if frame.starts_with(b"42[\"chat message\"") => Heard::Messages(1),
            _ => Heard::Other,
        };
    }
    if let Some(rest) = frame.strip_prefix(b"43") {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit());
        let id = digits.fold(0, |id, digit| id * 10 + u64::from(digit - b'0'));
        return Heard::Acknowledged(id, memchr::memmem::find(rest, b"\"ok\":true").is_some());
    }
    if frame == b"2" { Heard::Ping } else { Heard::Other }
}
