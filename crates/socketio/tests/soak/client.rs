//! A client of Socket.IO that checks what it hears.

mod hearing;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::ears::Ears;
use crate::message::{CONNECT, DISCONNECT, EVENT, Message};
use crate::payload::Packet;
use crate::random::Random;
use crate::server::Said;
use crate::settings::PING_INTERVAL;
use crate::storm::{End, PATIENCE, Storm, fault};
use crate::transport::Transport;
use crate::way::Way;

/// What a client is in a namespace.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) life: u64,
    /// The server's name for it; old clients are not told.
    sid: Option<String>,
    /// By what it may come back.
    pid: Option<String>,
    /// The number of the last event.
    offset: Option<String>,
    pub(crate) ears: Ears,
    /// How much it has said, in all and in each room.
    said: u64,
    said_in: HashMap<String, u64>,
    state: State,
    /// What it wants to have echoed, in this order.
    echoes: VecDeque<(Vec<Value>, Vec<Vec<u8>>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Asked,
    /// The same, after leaving: what was on its way to who has left still comes.
    AskedAgain,
    /// It hopes to go on where it was.
    Returning,
    /// It does, and is sent what it missed.
    Back,
    In,
    /// It has said so, and what was on its way still comes.
    Left,
}

/// What became of a wish to join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Joined {
    Anew,
    /// It goes on where it was.
    Again,
    Refused,
}

pub(crate) struct Client {
    pub(crate) storm: Arc<Storm>,
    pub(crate) transport: Transport,
    pub(crate) random: Random,
    pub(crate) seats: HashMap<String, Seat>,
    /// Whether it answers what it is asked.
    pub(crate) answers: bool,
    /// It has asked to be thrown out of this namespace.
    pub(crate) to_be_kicked: Option<String>,
    /// What the server said before it closed the connection.
    pub(crate) closing: Option<Value>,
    /// A message whose attachments have not all come.
    partial: Option<Message>,
    next_id: u64,
    asked: HashSet<u64>,
    acks: HashMap<u64, Message>,
    joined: Option<(String, Joined)>,
    /// When it shows that it is there, if it is that which does so.
    beat: Instant,
}

impl Client {
    /// Opens a connection; old clients are in `/` then.
    pub(crate) async fn open(storm: &Arc<Storm>, way: Way, random: &mut Random) -> Result<Self, End> {
        let transport = Transport::open(storm, way, None).await?;
        let mut client = Self {
            storm: storm.clone(),
            transport,
            random: Random::seeded(random.next()),
            seats: HashMap::new(),
            answers: true,
            to_be_kicked: None,
            closing: None,
            partial: None,
            next_id: 0,
            asked: HashSet::new(),
            acks: HashMap::new(),
            joined: None,
            beat: Instant::now() + PING_INTERVAL,
        };
        if way.old {
            client.sit_down("/", None);
            client.wait_to_join("/").await?;
        }
        Ok(client)
    }

    fn sit_down(&mut self, namespace: &str, before: Option<Seat>) {
        let life = self.storm.life();
        let fresh = Seat {
            life,
            sid: None,
            pid: None,
            offset: None,
            ears: Ears::default(),
            said: 0,
            said_in: HashMap::new(),
            state: State::Asked,
            echoes: VecDeque::new(),
        };
        let seat = match before {
            Some(Seat { sid, pid, offset, ears, .. }) => {
                Seat { sid, pid, offset, ears, state: State::Returning, ..fresh }
            }
            None if self.seats.contains_key(namespace) => Seat { state: State::AskedAgain, ..fresh },
            None => fresh,
        };
        self.seats.insert(namespace.to_owned(), seat);
    }

    /// Asks to join, by this key.
    pub(crate) async fn join(&mut self, namespace: &str, key: &str) -> Result<Joined, End> {
        self.sit_down(namespace, None);
        let asked = if self.transport.way.old {
            Message::write(CONNECT, &format!("{namespace}?key={key}"), None, &Value::Null, 0)
        } else {
            Message::write(CONNECT, namespace, None, &json!({ "key": key }), 0)
        };
        self.send(asked, Vec::new()).await?;
        self.wait_to_join(namespace).await
    }

    /// Asks to go on where it was.
    pub(crate) async fn come_back(&mut self, namespace: &str, seat: Seat) -> Result<Joined, End> {
        let mut auth = json!({ "key": "back", "pid": seat.pid });
        if let Some(offset) = &seat.offset {
            auth["offset"] = json!(offset);
        }
        self.sit_down(namespace, Some(seat));
        self.send(Message::write(CONNECT, namespace, None, &auth, 0), Vec::new()).await?;
        let joined = self.wait_to_join(namespace).await?;
        // What it missed comes before the answer.
        self.ask(namespace, &json!(["ask", 1]), Vec::new()).await?;
        if let Some(seat) = self.seats.get_mut(namespace) {
            seat.state = State::In;
        }
        Ok(joined)
    }

    async fn wait_to_join(&mut self, namespace: &str) -> Result<Joined, End> {
        let by = Instant::now() + PATIENCE;
        loop {
            match self.joined.take() {
                Some((name, joined)) if name == namespace => return Ok(joined),
                Some((name, _)) => return fault(format!("joined {name} in place of {namespace}")),
                None if !self.read(by).await? => {
                    return fault(format!("{namespace} does not let it in or out"));
                }
                None => {}
            }
        }
    }

    /// Leaves a namespace, or all with the main one.
    pub(crate) async fn leave(&mut self, namespace: &str) -> Result<(), End> {
        if let Some(seat) = self.seats.get_mut(namespace) {
            seat.state = State::Left;
        }
        self.send(Message::write(DISCONNECT, namespace, None, &Value::Null, 0), Vec::new()).await
    }

    /// The namespaces that it is in.
    pub(crate) fn namespaces(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .seats
            .iter()
            .filter(|(_, seat)| seat.state == State::In)
            .map(|(name, _)| name.clone())
            .collect();
        all.sort_unstable();
        all
    }

    pub(crate) fn is_in(&self, namespace: &str) -> bool {
        self.seats.get(namespace).is_some_and(|seat| seat.state == State::In)
    }

    async fn send(&mut self, text: String, attachments: Vec<Vec<u8>>) -> Result<(), End> {
        let mut packets = vec![Packet::Text(text)];
        packets.extend(attachments.into_iter().map(Packet::Binary));
        self.transport.send(&packets, &mut self.random).await
    }

    /// Sends an event.
    pub(crate) async fn emit(
        &mut self,
        namespace: &str,
        data: &Value,
        attachments: Vec<Vec<u8>>,
    ) -> Result<(), End> {
        let text = Message::write(EVENT, namespace, None, data, attachments.len());
        self.send(text, attachments).await
    }

    /// Sends an event and waits for its acknowledgement.
    pub(crate) async fn ask(
        &mut self,
        namespace: &str,
        data: &Value,
        attachments: Vec<Vec<u8>>,
    ) -> Result<Message, End> {
        let begun = Instant::now();
        let id = self.begin_to_ask(namespace, data, attachments).await?;
        let by = Instant::now() + PATIENCE;
        loop {
            if let Some(answer) = self.acks.remove(&id) {
                self.storm.answered(begun.elapsed());
                // Events are handled one after the other, so that what came before this one is done.
                if self.seats.get(namespace).is_some_and(|seat| !seat.echoes.is_empty()) {
                    return fault("an acknowledgement that passed an echo");
                }
                return Ok(answer);
            }
            if !self.read(by).await? {
                return fault(format!("{}: no acknowledgement of {data}", self.transport.way.name));
            }
        }
    }

    /// Sends an event that asks for an acknowledgement, and does not wait.
    pub(crate) async fn begin_to_ask(
        &mut self,
        namespace: &str,
        data: &Value,
        attachments: Vec<Vec<u8>>,
    ) -> Result<u64, End> {
        self.next_id += 1;
        self.asked.insert(self.next_id);
        let text = Message::write(EVENT, namespace, Some(self.next_id), data, attachments.len());
        self.send(text, attachments).await?;
        Ok(self.next_id)
    }

    /// Wants something echoed.
    pub(crate) async fn echo(
        &mut self,
        namespace: &str,
        values: Vec<Value>,
        attachments: Vec<Vec<u8>>,
    ) -> Result<(), End> {
        let mut data = vec![json!("echo")];
        data.extend(values.iter().cloned());
        if let Some(seat) = self.seats.get_mut(namespace) {
            seat.echoes.push_back((values, attachments.clone()));
        }
        self.emit(namespace, &Value::Array(data), attachments).await
    }

    /// The next thing that it says.
    pub(crate) fn say_next(&mut self, namespace: &str, room: &str, padding: usize) -> Option<Said> {
        let seat = self.seats.get_mut(namespace)?;
        seat.said += 1;
        let in_room = seat.said_in.entry(room.to_owned()).or_default();
        *in_room += 1;
        let padding = "compressible ".chars().cycle().take(padding).collect();
        Some(Said { life: seat.life, number: seat.said, room: room.to_owned(), in_room: *in_room, padding })
    }

    /// Listens for a while.
    pub(crate) async fn listen(&mut self, time: Duration) -> Result<(), End> {
        let until = Instant::now() + time;
        while self.read(until).await? {}
        Ok(())
    }

    /// Listens until the connection is closed by the server, and returns how.
    pub(crate) async fn until_closed(&mut self) -> Result<String, End> {
        let by = Instant::now() + PATIENCE;
        loop {
            match self.read(by).await {
                Ok(true) => {}
                Ok(false) => return fault("the connection is not closed"),
                Err(End::Gone(how)) => return Ok(how),
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Listens until it is out of the namespace that it has asked to be thrown out of.
    pub(crate) async fn until_kicked(&mut self) -> Result<(), End> {
        let by = Instant::now() + PATIENCE;
        while self.to_be_kicked.is_some() {
            if !self.read(by).await? {
                return fault("it is not thrown out");
            }
        }
        Ok(())
    }

    /// Says that the session is over.
    pub(crate) async fn close_session(&mut self) -> Result<(), End> {
        self.send("1".into(), Vec::new()).await
    }

    /// Reads a packet, if one comes in time. `false`: the time is over.
    pub(crate) async fn read(&mut self, by: Instant) -> Result<bool, End> {
        let until = if self.transport.way.old {
            if Instant::now() >= self.beat {
                self.beat = Instant::now() + PING_INTERVAL;
                self.send("2".into(), Vec::new()).await?;
            }
            by.min(self.beat)
        } else {
            by
        };
        self.transport.prepare().await?;
        match tokio::time::timeout_at(until, self.transport.next()).await {
            Ok(packet) => self.take(packet?).await.map(|()| true),
            Err(_) => Ok(Instant::now() < by),
        }
    }
}
