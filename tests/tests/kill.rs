//! kill -9: nothing acknowledged is lost or doubled, and all clients come to the same picture.
//!
//! The short form runs in `cargo xtask test`, the long one by `cargo xtask prove kill`.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chinwag_tests::DEADLINE;
use chinwag_tests::api::Person;
use chinwag_tests::picture::Picture;
use chinwag_tests::random::Random;
use chinwag_tests::server::Server;
use chinwag_tests::socket::{Closed, Refusal, Socket};
use serde_json::json;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

/// What clients are to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Post,
    /// No more than what is on its way.
    Stop,
    /// All have stopped and this is the last `rev`: see everything up to it.
    See(u64),
}

/// What clients tell the one who kills.
#[derive(Default)]
struct Shared {
    acknowledged: AtomicU64,
    stopped: AtomicU64,
    /// Told at each acknowledgement and each stop.
    progress: Notify,
}

impl Shared {
    fn count(&self, counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
        self.progress.notify_one();
    }

    /// Waits until `counter` has reached `until`.
    async fn reached(&self, counter: &AtomicU64, until: u64) {
        while counter.load(Ordering::Relaxed) < until {
            let more = timeout(DEADLINE, self.progress.notified()).await;
            more.unwrap_or_else(|_| panic!("nothing was acknowledged for {DEADLINE:?}"));
        }
    }
}

/// What a client knows in the end.
struct Finished {
    /// `seq` and text of everything that was acknowledged.
    acknowledged: Vec<(u64, String)>,
    repeated: usize,
    connections: usize,
    picture: Picture,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let clients = number("CHINWAG_KILL_CLIENTS", 16);
    let rounds = number("CHINWAG_KILL_ROUNDS", 3);
    let mut random = Random::announced();
    let mut server = Server::start().await;
    let mut owner = Person::sign_up(&server, "owner").await;
    let room = owner.create_room("garden").await;
    let shared = Arc::new(Shared::default());
    let (tell, phase) = watch::channel(Phase::Post);
    let mut tasks = Vec::new();
    for number in 0..clients {
        let mut person = Person::sign_up(&server, &format!("client {number}")).await;
        person.join(&room).await;
        let client = Client {
            address: server.address(),
            room: room.clone(),
            person,
            random: random.fork(),
            shared: Arc::clone(&shared),
            phase: phase.clone(),
            acknowledged: Vec::new(),
            repeated: 0,
            connections: 0,
            picture: None,
            stopped: false,
        };
        tasks.push(tokio::spawn(client.run()));
    }
    for round in 0..rounds {
        // In the middle of everything: once a number of posts that nobody knows before have been acknowledged.
        let until = shared.acknowledged.load(Ordering::Relaxed) + 50 + random.below(300);
        shared.reached(&shared.acknowledged, until).await;
        server.kill();
        let begun = Instant::now();
        server.restart().await;
        println!("round {round}: killed after {until} acknowledgements, back after {:?}", begun.elapsed());
    }
    shared.reached(&shared.acknowledged, shared.acknowledged.load(Ordering::Relaxed) + 50).await;
    tell.send(Phase::Stop).unwrap();
    shared.reached(&shared.stopped, clients).await;
    let loaded = owner.http.get(&format!("/api/v1/rooms/{room}")).await.expect(200);
    tell.send(Phase::See(loaded["cursor"]["rev"].as_u64().unwrap())).unwrap();
    let mut finished = Vec::new();
    for task in tasks {
        finished.push(task.await.unwrap());
    }
    check(&mut owner, &room, &finished).await;
}

async fn check(owner: &mut Person, room: &str, finished: &[Finished]) {
    let stored = owner.history(room).await;
    let mut by_text: HashMap<&str, Vec<u64>> = HashMap::new();
    for message in stored.iter().filter(|message| message["text"].is_string()) {
        by_text.entry(message["text"].as_str().unwrap()).or_default().push(message["seq"].as_u64().unwrap());
    }
    for (text, seqs) in &by_text {
        assert_eq!(seqs.len(), 1, "stored twice: {text} as {seqs:?}");
    }
    let mut acknowledged = 0;
    for (seq, text) in finished.iter().flat_map(|client| &client.acknowledged) {
        assert_eq!(by_text.get(text.as_str()), Some(&vec![*seq]), "acknowledged but not there: {seq} {text}");
        acknowledged += 1;
    }
    let fresh: Vec<_> = stored
        .iter()
        .map(|message| {
            let author = message["author"]["id"].as_str().unwrap().to_owned();
            (message["seq"].as_u64().unwrap(), author, message["text"].as_str().map(str::to_owned))
        })
        .collect();
    for client in finished {
        let picture = client.picture.messages();
        assert_eq!(picture.len(), fresh.len(), "a client's picture differs from a fresh load");
        assert_eq!(picture, fresh, "a client's picture differs from a fresh load");
    }
    let repeated: usize = finished.iter().map(|client| client.repeated).sum();
    let connections: usize = finished.iter().map(|client| client.connections).sum();
    println!(
        "{acknowledged} acknowledged, {repeated} of them on a retry that had been stored before, {connections} connections"
    );
}

struct Client {
    address: String,
    room: String,
    person: Person,
    random: Random,
    shared: Arc<Shared>,
    phase: watch::Receiver<Phase>,
    acknowledged: Vec<(u64, String)>,
    repeated: usize,
    connections: usize,
    picture: Option<Picture>,
    stopped: bool,
}

impl Client {
    async fn run(mut self) -> Finished {
        loop {
            let mut socket = self.connect().await;
            self.connections += 1;
            if let Ok(picture) = self.converse(&mut socket).await {
                let (acknowledged, repeated, connections) =
                    (self.acknowledged, self.repeated, self.connections);
                return Finished { acknowledged, repeated, connections, picture };
            }
        }
    }

    /// Knocks until it is let in, as socket.io-client does.
    async fn connect(&mut self) -> Socket {
        let begun = Instant::now();
        loop {
            match Socket::try_connect(&self.address, &json!({"token": self.person.token})).await {
                Ok(socket) => return socket,
                Err(Refusal::Refused(why)) => panic!("the server forgot this session: {why}"),
                Err(Refusal::Lost(why)) => {
                    assert!(begun.elapsed() < DEADLINE, "the server does not come back: {why}");
                    tokio::time::sleep(Duration::from_millis(10 + self.random.below(40))).await;
                }
            }
        }
    }

    /// Posts until all have stopped, and sees all there is; an error if the connection ends before.
    async fn converse(&mut self, socket: &mut Socket) -> Result<Picture, Closed> {
        while socket.event().await.ok_or(Closed)?.0 != "session:ready" {}
        match &mut self.picture {
            Some(picture) => picture.sync(socket).await?,
            None => self.picture = Some(Picture::load(socket, &self.room).await?),
        }
        while *self.phase.borrow_and_update() == Phase::Post {
            self.post(socket).await?;
            for (event, payload) in socket.pending() {
                self.picture().apply(socket, &event, &payload).await?;
            }
        }
        if !std::mem::replace(&mut self.stopped, true) {
            self.shared.count(&self.shared.stopped);
        }
        self.see_all(socket).await
    }

    async fn post(&mut self, socket: &Socket) -> Result<(), Closed> {
        // The same text and nonce again if the last try ended without an answer.
        let number = self.acknowledged.len();
        let text = format!("{} says {number}", self.person.name);
        let send = json!({"room": self.room, "text": text, "nonce": format!("{}-{number}", self.person.id)});
        let asked = socket.ask("message:send", &send);
        let answer = if self.random.below(20) == 0 {
            // The line goes dead at the worst moment: whether it was stored is not known, and it is sent again.
            let patience = Duration::from_micros(self.random.below(3000));
            timeout(patience, asked).await.map_err(|_| Closed)??
        } else {
            asked.await?
        };
        assert_eq!(answer["ok"], true, "{answer}");
        self.repeated += usize::from(answer["repeated"] == true);
        self.acknowledged.push((answer["seq"].as_u64().unwrap(), text));
        self.shared.count(&self.shared.acknowledged);
        Ok(())
    }

    /// Takes in what comes, without asking, until everything up to the last `rev` is there.
    async fn see_all(&mut self, socket: &mut Socket) -> Result<Picture, Closed> {
        loop {
            let phase = *self.phase.borrow_and_update();
            if let Phase::See(last) = phase
                && self.picture().rev() >= last
            {
                return Ok(self.picture().clone());
            }
            tokio::select! {
                event = socket.event() => {
                    let (event, payload) = event.ok_or(Closed)?;
                    self.picture().apply(socket, &event, &payload).await?;
                }
                _ = self.phase.changed() => {}
            }
        }
    }

    fn picture(&mut self) -> &mut Picture {
        self.picture.as_mut().expect("it is loaded after the first connection")
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}
