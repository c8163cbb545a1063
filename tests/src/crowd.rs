//! Many followers of one server, or of several nodes over one store, and the checker's word on what became of it all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use chinwag_checker::{Answer, Event, History, Stored, check};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::DEADLINE;
use crate::api::Person;
use crate::follower::{Follower, Manner};
use crate::random::Random;
use crate::server::Server;
use crate::socket::Transport;

/// Somebody of the crowd.
#[derive(Debug)]
struct Someone {
    person: Person,
    follower: Follower,
    manner: Manner,
}

/// Many followers.
#[derive(Debug)]
pub struct Crowd {
    people: Vec<Someone>,
}

/// What has been done so far, for who waits to disturb it.
#[derive(Debug, Default)]
pub struct Progress {
    steps: AtomicU64,
    more: Notify,
}

impl Progress {
    /// How many steps all of them have taken.
    pub fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    /// Waits until all of them together have taken this many steps.
    pub async fn reaches(&self, steps: u64) {
        while self.steps() < steps {
            let more = timeout(DEADLINE, self.more.notified()).await;
            more.unwrap_or_else(|_| panic!("nobody has done anything for {DEADLINE:?}"));
        }
    }

    fn step(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
        self.more.notify_one();
    }
}

/// A crowd at work.
#[derive(Debug)]
pub struct Working {
    tasks: JoinSet<Someone>,
    stop: Arc<AtomicBool>,
    /// How far it has come.
    pub progress: Arc<Progress>,
}

impl Crowd {
    /// Makes an account for each of these.
    pub async fn gather(
        server: &Server,
        random: &mut Random,
        kinds: impl IntoIterator<Item = (Transport, Manner)>,
    ) -> Self {
        Self::gather_at(std::slice::from_ref(server), random, kinds).await
    }

    /// Makes an account for each of these, who begin at one node after the other.
    pub async fn gather_at(
        nodes: &[Server],
        random: &mut Random,
        kinds: impl IntoIterator<Item = (Transport, Manner)>,
    ) -> Self {
        let addresses: Vec<String> = nodes.iter().map(Server::address).collect();
        Self::gather_through(&addresses, nodes, random, kinds).await
    }

    /// The same for those who come by other addresses than the nodes' own: through a proxy.
    pub async fn gather_through(
        addresses: &[String],
        nodes: &[Server],
        random: &mut Random,
        kinds: impl IntoIterator<Item = (Transport, Manner)>,
    ) -> Self {
        let mut people = Vec::new();
        for (number, (transport, manner)) in kinds.into_iter().enumerate() {
            let person = Person::sign_up(&nodes[number % nodes.len()], &format!("client {number}")).await;
            let mut addresses = addresses.to_vec();
            let first = number % addresses.len();
            addresses.rotate_left(first);
            let follower = Follower::new(addresses, &person, transport, random.fork());
            people.push(Someone { person, follower, manner });
        }
        Self { people }
    }

    /// The followers.
    pub fn followers(&mut self) -> impl Iterator<Item = &mut Follower> {
        self.people.iter_mut().map(|someone| &mut someone.follower)
    }

    /// Lets each of them live for that many steps, all at the same time.
    #[must_use]
    pub fn live(self, steps: u64) -> Working {
        let progress = Arc::new(Progress::default());
        let stop = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for mut someone in self.people {
            let (progress, stop) = (Arc::clone(&progress), Arc::clone(&stop));
            tasks.spawn(async move {
                someone.follower.connect().await;
                for _ in 0..steps {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    someone.follower.live(someone.manner).await;
                    progress.step();
                }
                someone
            });
        }
        Working { tasks, stop, progress }
    }

    /// Lets everybody hear everything, and checks what they did, heard and know against what is stored. The server runs.
    pub async fn check(self, server: &Server) -> Summary {
        self.check_at(std::slice::from_ref(server)).await
    }

    /// The same with several nodes, which all run and must all show the same.
    pub async fn check_at(mut self, nodes: &[Server]) -> Summary {
        let stored = nodes[0].stored().await;
        for someone in &mut self.people {
            let follower = &mut someone.follower;
            // Who was away hears of what is going on before it is said what that is.
            follower.connect().await;
            follower.hear_everything_up_to(&heads(&stored, follower)).await;
            follower.history.picture = Some(follower.picture.clone());
            for node in nodes {
                let fresh = Follower::connected(node, &someone.person, Transport::WebSocket).await;
                let client = &follower.history.client;
                assert_eq!(follower.picture, fresh.picture, "{client} sees another picture");
            }
        }
        let stored = nodes[0].stored().await;
        let histories: Vec<_> = self
            .people
            .into_iter()
            .map(|someone| (someone.follower.connections, someone.follower.history))
            .collect();
        let summary = Summary::of(&histories);
        let histories: Vec<_> = histories.into_iter().map(|(_, history)| history).collect();
        let faults = check(&histories, &stored);
        if !faults.is_empty() {
            let shown: Vec<String> = faults.iter().take(20).map(ToString::to_string).collect();
            panic!("{} faults:\n{}\n{}", faults.len(), shown.join("\n"), evidence(&histories, &stored));
        }
        summary
    }
}

impl Working {
    /// Lets nobody begin another step.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Waits until all have lived to the end.
    pub async fn finished(mut self) -> Crowd {
        let mut people = Vec::new();
        while let Some(someone) = self.tasks.join_next().await {
            people.push(someone.unwrap());
        }
        Crowd { people }
    }
}

/// Writes down what a fault was found in, and says where.
fn evidence(histories: &[History], stored: &Stored) -> String {
    let mut text = format!("{:#?}\n", stored.streams);
    for History { client, events, .. } in histories {
        text.extend(events.iter().enumerate().map(|(at, event)| format!("{client}, {at}: {event:?}\n")));
    }
    let file = tempfile::Builder::new().prefix("chinwag-faults-").suffix(".txt").tempfile();
    let kept = file.and_then(|file| {
        std::fs::write(file.path(), text)?;
        Ok(file.keep()?.1)
    });
    match kept {
        Ok(path) => format!("What they did and heard, and what is stored, is in {}.", path.display()),
        Err(error) => format!("What they did and heard could not be written down: {error}"),
    }
}

/// The heads of everything that somebody follows.
fn heads(stored: &Stored, follower: &Follower) -> BTreeMap<String, u64> {
    let user = &follower.history.user;
    let rooms = stored.members.iter().filter(|(_, members)| members.contains_key(user));
    let streams = rooms.map(|(room, _)| room).chain([user, &follower.picture.workspace]);
    streams.map(|stream| (stream.clone(), stored.streams[stream].head)).collect()
}

/// What happened, in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Summary {
    /// Commands that were told to be stored.
    pub acknowledged: usize,
    /// Of these, posts that had been stored by an earlier try.
    pub repeated: usize,
    /// Commands that were decided against.
    pub refused: usize,
    /// Frames that came live.
    pub heard: usize,
    /// Pages that were asked for after the connection was lost.
    pub caught_up: usize,
    /// Connections of all clients.
    pub connections: usize,
}

impl Summary {
    fn of(histories: &[(usize, History)]) -> Self {
        let mut summary = Self::default();
        for (connections, history) in histories {
            summary.connections += connections;
            for event in &history.events {
                match event {
                    Event::Answered { answer: Answer::Done { repeated, .. }, .. } => {
                        summary.acknowledged += 1;
                        summary.repeated += usize::from(*repeated);
                    }
                    Event::Answered { answer: Answer::Refused(_), .. } => summary.refused += 1,
                    Event::Heard(_) => summary.heard += 1,
                    Event::CaughtUp(_) => summary.caught_up += 1,
                    _ => {}
                }
            }
        }
        summary
    }
}

impl std::ops::AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.repeated += other.repeated;
        self.refused += other.refused;
        self.heard += other.heard;
        self.caught_up += other.caught_up;
        self.connections += other.connections;
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { acknowledged, repeated, refused, heard, caught_up, connections } = self;
        write!(
            f,
            "{acknowledged} commands acknowledged ({repeated} on a retry of what was stored before), {refused} refused, \
             {heard} frames heard live, {caught_up} pages caught up with, {connections} connections"
        )
    }
}
