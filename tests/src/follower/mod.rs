//! Somebody who follows everything that is theirs, by the delivery rule of docs/api.md, and writes down what they do and
//! hear for the checker.

mod command;
mod diary;
mod life;
mod load;

use std::time::{Duration, Instant};

use chinwag_checker::picture::Cursor;
use chinwag_checker::seen::Frame;
use chinwag_checker::{Event, History, Picture, Step};
use serde_json::{Value, json};

use crate::DEADLINE;
use crate::api::Person;
use crate::random::Random;
use crate::server::Server;
use crate::socket::{Closed, Refusal, Socket, Transport};

use diary::Diary;

pub use command::Asked;
pub use life::{Manner, Tried};

/// How long a client waits that could not connect, or was told to try again, at most; more and more where that goes on.
const PAUSE_MS: u64 = 50;

/// How much longer after so many tries.
fn patience(tries: u64) -> u64 {
    (tries / 4).clamp(1, 16)
}

/// Somebody with an account, who comes back whenever the connection is lost.
#[derive(Debug)]
pub struct Follower {
    /// Of all nodes.
    addresses: Vec<String>,
    /// Which of these comes next.
    next: usize,
    transport: Transport,
    token: String,
    /// For what no failure depends on: how long to wait, when to give up.
    pub random: Random,
    /// What they know.
    pub picture: Picture,
    /// What they did and heard.
    pub history: History,
    /// How often they connected.
    pub connections: usize,
    /// How many rooms they want to be in at most.
    pub most_rooms: usize,
    socket: Option<Socket>,
    commands: u64,
    said: u64,
    diary: Diary,
}

impl Follower {
    /// Somebody who knows nothing yet and is not connected. They begin at the first of these nodes, and come back to any
    /// that lives.
    #[must_use]
    pub fn new(addresses: Vec<String>, person: &Person, transport: Transport, random: Random) -> Self {
        let history = History {
            client: format!("{} over {}", person.name, transport.name()),
            user: person.id.clone(),
            ..History::default()
        };
        Self {
            addresses,
            next: 0,
            transport,
            token: person.token.clone(),
            random,
            picture: Picture { user: person.id.clone(), ..Picture::default() },
            history,
            connections: 0,
            most_rooms: usize::MAX,
            socket: None,
            commands: 0,
            said: 0,
            diary: Diary::default(),
        }
    }

    /// Somebody who has just loaded everything of that person's. How long they wait is left to chance.
    pub async fn connected(server: &Server, person: &Person, transport: Transport) -> Self {
        let mut follower = Self::new(vec![server.address()], person, transport, Random::fresh());
        follower.connect().await;
        follower
    }

    /// Whether there is a connection, as far as is known.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.socket.is_some()
    }

    /// Cuts the connection without a word, if there is one.
    pub fn cut(&mut self) {
        self.socket = None;
    }

    /// Stops reading from the connection, or goes on with it.
    pub fn read(&self, reading: bool) {
        if let Some(socket) = &self.socket {
            socket.read(reading);
        }
    }

    /// Makes sure that there is a connection on which everything is heard, and asks for what was missed.
    pub async fn connect(&mut self) {
        let begun = Instant::now();
        while self.socket.is_none() {
            let client = &self.history.client;
            assert!(
                begun.elapsed() < DEADLINE,
                "{client}: no connection lasts until everything is known{}",
                self.diary
            );
            let socket = self.knock().await;
            self.diary.note("connected");
            self.connections += 1;
            self.history.events.push(Event::Connected);
            self.socket = Some(socket);
            // A connection that is lost at once is a lost connection like any other.
            match self.catch_up().await {
                Ok(()) => self.diary.note("everything is known"),
                Err(Closed) => self.lose("before everything was known"),
            }
        }
    }

    /// The connection has ended, or is as good as that.
    fn lose(&mut self, when: &str) {
        let why = self.socket.as_ref().and_then(Socket::why_it_ended).unwrap_or_default();
        self.diary.note(format!("lost {when} {why}"));
        self.cut();
    }

    /// Knocks until it is let in, as socket.io-client does.
    async fn knock(&mut self) -> Socket {
        let begun = Instant::now();
        let mut tries = 0;
        loop {
            tries += 1;
            let auth = json!({"token": self.token});
            let address = &self.addresses[self.next % self.addresses.len()];
            self.next += 1;
            match Socket::try_connect_over(self.transport, address, &auth).await {
                Ok(socket) => return socket,
                Err(Refusal::Refused(why)) => panic!("the server forgot this session: {why}"),
                Err(Refusal::Lost(why)) => {
                    self.diary.note(format!("not let in: {why}"));
                    assert!(begun.elapsed() < DEADLINE, "the server does not come back{}", self.diary);
                    let pause = Duration::from_millis(5 + self.random.below(PAUSE_MS * patience(tries)));
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    /// Waits until the server says that everything is heard, and asks for what was missed.
    async fn catch_up(&mut self) -> Result<(), Closed> {
        loop {
            let (event, payload) = self.event().await?;
            if event == "session:ready" {
                payload["workspace"].as_str().unwrap().clone_into(&mut self.picture.workspace);
                self.diary.note("welcomed");
                break;
            }
            self.take(&event, payload).await?;
        }
        if !self.picture.cursors.is_empty() {
            self.sync().await?;
        }
        self.load_what_is_unknown().await
    }

    /// The next event, however long it takes within the deadline.
    async fn event(&mut self) -> Result<(String, Value), Closed> {
        self.socket.as_mut().ok_or(Closed)?.event().await.ok_or(Closed)
    }

    /// Takes in what has come.
    ///
    /// # Errors
    /// [`Closed`] if the connection ends.
    pub async fn hear_pending(&mut self) -> Result<(), Closed> {
        for (event, payload) in self.socket.as_mut().ok_or(Closed)?.pending() {
            self.take(&event, payload).await?;
        }
        Ok(())
    }

    /// Waits for something and takes it in.
    ///
    /// # Errors
    /// [`Closed`] if the connection ends.
    pub async fn hear(&mut self) -> Result<(), Closed> {
        let (event, payload) = self.event().await?;
        self.take(&event, payload).await
    }

    /// Takes an event in, asking the server for what is missing.
    async fn take(&mut self, event: &str, payload: Value) -> Result<(), Closed> {
        if event != "stream:changes" {
            return Ok(());
        }
        let frame: Frame = serde_json::from_value(payload).unwrap();
        self.history.events.push(Event::Heard(frame.clone()));
        match self.picture.take(&frame) {
            Step::Taken => self.load_new_rooms().await,
            // A room that is not loaded yet will be.
            Step::Foreign | Step::Stale => Ok(()),
            Step::Hole => self.sync().await,
            Step::Reset => self.load(&frame.stream).await,
        }
    }

    /// Asks for everything after the cursors.
    async fn sync(&mut self) -> Result<(), Closed> {
        loop {
            let cursors: serde_json::Map<String, Value> = self
                .picture
                .cursors
                .iter()
                .map(|(stream, Cursor { epoch, rev })| (stream.clone(), json!({"epoch": epoch, "rev": rev})))
                .collect();
            let answer = self.look_up("sync", &json!({"cursors": cursors})).await?;
            assert_eq!(answer["ok"], true, "{answer}");
            let streams = answer["streams"].as_object().unwrap();
            let mut more = answer["more"] == true;
            assert!(!more || !streams.is_empty(), "more, and nothing of what was asked for: {answer}");
            for (stream, part) in streams {
                if part["gone"] == true {
                    self.gone(stream);
                } else if part["reset"] == true {
                    self.load(stream).await?;
                } else {
                    more |= part["more"] == true;
                    self.take_page(stream, &answer["epoch"], part);
                }
            }
            self.load_new_rooms().await?;
            if !more {
                self.history.events.push(Event::Synced);
                return Ok(());
            }
        }
    }

    /// The server answered that a room is not theirs any more.
    fn gone(&mut self, room: &str) {
        self.history.events.push(Event::Gone(room.to_owned()));
        self.picture.forget(room);
    }

    fn take_page(&mut self, stream: &str, epoch: &Value, part: &Value) {
        let mut frame = part.clone();
        frame["stream"] = stream.into();
        frame["epoch"] = epoch.clone();
        let frame: Frame = serde_json::from_value(frame).unwrap();
        let Some(known) = self.picture.cursors.get(stream).map(|cursor| cursor.rev) else {
            // Another part of this answer took the room away.
            return;
        };
        assert_eq!(frame.from, known, "an answer to this cursor begins at it: {part}");
        assert!(frame.rev > known, "an answer that differs moves on: {part}");
        let head = part["head"].as_u64().unwrap();
        assert_eq!(part["more"] == true, frame.rev < head, "more, until the head: {part}");
        self.history.events.push(Event::CaughtUp(frame.clone()));
        assert_eq!(self.picture.take(&frame), Step::Taken, "{part}");
    }

    /// Sends something that changes nothing and waits for its answer.
    async fn ask(&mut self, event: &str, payload: &Value) -> Result<Value, Closed> {
        self.socket.as_ref().ok_or(Closed)?.ask(event, payload).await
    }

    /// Asks for something that is known. A server that says that it is going down is as good as gone.
    async fn look_up(&mut self, event: &str, payload: &Value) -> Result<Value, Closed> {
        self.diary.note(format!("asks {event}"));
        let answer = self.ask(event, payload).await?;
        if answer["error"]["code"] == "unavailable" {
            self.diary.note("it is unavailable");
            return Err(Closed);
        }
        Ok(answer)
    }

    /// Listens, without asking, until everything up to these heads is known; whoever is lost comes back and asks.
    pub async fn hear_everything_up_to(&mut self, heads: &std::collections::BTreeMap<String, u64>) {
        let begun = Instant::now();
        loop {
            self.connect().await;
            let missing: Vec<_> = heads
                .iter()
                .filter(|(stream, head)| {
                    self.picture.cursors.get(*stream).is_none_or(|cursor| cursor.rev < **head)
                })
                .collect();
            if missing.is_empty() {
                return;
            }
            let client = &self.history.client;
            assert!(
                begun.elapsed() < DEADLINE,
                "{client} does not hear of {missing:?}: {:?}{}",
                self.picture.cursors,
                self.diary
            );
            if self.hear().await.is_err() {
                self.lose("while everything was waited for");
            }
        }
    }
}
