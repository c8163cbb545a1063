//! Clients post and count what is delivered: as fast as they can, or at a given rate.

mod window;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};
use tokio::task::LocalSet;

use self::window::{Group, Moment};
use crate::chat::{Heard, Kind, Plan, ask, heard, post, times};
use crate::websocket::{Frames, Sink};
use crate::{Fault, percentile};

/// How long the last deliveries may take.
const TAIL: Duration = Duration::from_secs(20);
/// After so long without anything nothing more comes, not even what comes twice.
const QUIET: Duration = Duration::from_millis(100);

#[derive(Args)]
pub(crate) struct Arguments {
    /// Which chat it is.
    #[arg(long, value_enum)]
    kind: Kind,
    /// Where it listens; with commas between several nodes, among which the clients are spread.
    #[arg(long, value_delimiter = ',', required = true)]
    address: Vec<String>,
    /// How many clients there are.
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// How many of them post; all of them if not given.
    #[arg(long)]
    posters: Option<usize>,
    /// Print a line when everybody is in and posting begins.
    #[arg(long)]
    announce: bool,
    /// How many rooms there are.
    #[arg(long, default_value_t = 16)]
    rooms: usize,
    /// How many of the clients are in each room; all of them if not given.
    #[arg(long)]
    members: Option<usize>,
    /// How long to post.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// How long to post before that, as clients and servers have to find their pace.
    #[arg(long, default_value_t = 0.0)]
    warm_up: f64,
    /// NAME=PID,PID: print what these processes, and those that they have started, cost per delivery without the warm-up.
    #[arg(long)]
    cost_of: Vec<Group>,
    /// Posts per second of all clients together; without it each posts again when its last is acknowledged.
    #[arg(long)]
    rate: Option<f64>,
    /// Ask for what is refused before the store is asked, instead of posting: what a round trip costs by itself.
    #[arg(long, conflicts_with = "rate")]
    ask_only: bool,
    /// How many more are in every room and never read what they are sent.
    #[arg(long, default_value_t = 0, conflicts_with = "members")]
    stalled: usize,
}

#[derive(Default)]
struct Counts {
    acknowledged: u64,
    refused: u64,
    delivered: u64,
    /// Frames in which these came.
    frames: u64,
    /// For each room what was acknowledged there.
    in_room: Vec<u64>,
    /// For each client what was delivered.
    by_client: Vec<u64>,
    latencies_us: Vec<u32>,
    /// From the sending of a message of the first client to its delivery at the second.
    delivery_us: Vec<u32>,
    first_fault: Option<String>,
    /// How many clients may still post or wait for an acknowledgement.
    posting: usize,
}

struct Client {
    kind: Kind,
    ask_only: bool,
    frames: Frames,
    sink: Sink,
    /// Its rooms, each with its place among all.
    rooms: Vec<(usize, String)>,
    posted: u64,
    waiting: VecDeque<(u64, Instant)>,
    packet: Vec<u8>,
    counts: Rc<RefCell<Counts>>,
    /// Which client it is.
    number: usize,
    /// Since when times in messages count.
    start: Instant,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<(), Fault> {
    let members = arguments.members.unwrap_or(arguments.clients);
    let Arguments { kind, address, clients, rooms, stalled, .. } = arguments;
    // What is only asked is told to nobody else.
    let hearers = if arguments.ask_only { 0 } else { members };
    let posters = arguments.posters.unwrap_or(*clients).clamp(1, (*clients).max(1));
    let first = address.first().ok_or("there is no address")?;
    let at = |client: usize| address.get(client % address.len()).unwrap_or(first);
    let plan = Plan::make(*kind, first, clients + stalled, *rooms, members + stalled).await?;
    let (in_room, by_client) = (vec![0; *rooms], vec![0; *clients]);
    let counts = Counts { posting: posters, in_room, by_client, ..Counts::default() };
    let counts = Rc::new(RefCell::new(counts));
    let mut unread = Vec::new();
    for client in *clients..clients + stalled {
        unread.push(plan.enter(*kind, at(client), client).await?);
    }
    let start = Instant::now() + Duration::from_millis(200);
    let mut all = Vec::new();
    for number in 0..*clients {
        let (frames, sink) = plan.enter(*kind, at(number), number).await?;
        let rooms = plan.of_client[number].iter().map(|room| (*room, plan.rooms[*room].clone())).collect();
        let (waiting, packet) = (VecDeque::new(), Vec::new());
        let counts = Rc::clone(&counts);
        all.push(Client {
            kind: *kind,
            ask_only: arguments.ask_only,
            frames,
            sink,
            rooms,
            posted: 0,
            waiting,
            packet,
            counts,
            number,
            start,
        });
    }
    let start = start.max(Instant::now());
    if arguments.announce {
        println!("{}", json!({"ready": true}));
    }
    let measured = start + Duration::from_secs_f64(arguments.warm_up);
    let end = measured + Duration::from_secs_f64(arguments.seconds);
    let local = LocalSet::new();
    let window = local
        .run_until(async {
            let tasks = all.into_iter().enumerate().map(|(number, client)| {
                let every = arguments.rate.map(|rate| Duration::from_secs_f64(posters as f64 / rate));
                let begin = start + every.unwrap_or_default().mul_f64(number as f64 / posters as f64);
                let posts = number < posters;
                let counts = Rc::clone(&counts);
                tokio::task::spawn_local(async move {
                    let end = Deadlines { begin, every, end, hearers, posts };
                    if let Err(fault) = client.work(&end).await {
                        counts.borrow_mut().first_fault.get_or_insert(fault.to_string());
                    }
                })
            });
            let tasks = tasks.collect::<Vec<_>>();
            tokio::time::sleep_until(measured.into()).await;
            let before = Moment::now(&arguments.cost_of, &counts.borrow());
            tokio::time::sleep_until(end.into()).await;
            let window = before.until(&Moment::now(&arguments.cost_of, &counts.borrow()));
            for task in tasks {
                task.await?;
            }
            Ok::<_, Fault>(window)
        })
        .await?;
    drop(unread);
    let mut counts = counts.borrow_mut();
    counts.latencies_us.sort_unstable();
    counts.delivery_us.sort_unstable();
    let (latencies, delivery) = (&counts.latencies_us, &counts.delivery_us);
    let expected = counts.acknowledged * hearers as u64;
    // One who hears a message twice does not stand for another who never does.
    let astray = if arguments.ask_only { 0 } else { counts.astray(&plan) };
    let seconds = (end - start).as_secs_f64();
    let mut line = json!({
        "kind": format!("{kind:?}").to_lowercase(),
        "clients": clients, "posters": posters, "stalled": stalled, "rooms": rooms, "members": members, "rate": arguments.rate,
        "posts_per_s": (counts.acknowledged as f64 / seconds).round(),
        "deliveries_per_s": (counts.delivered as f64 / seconds).round(),
        "ack_p50_us": percentile(latencies, 0.5), "ack_p99_us": percentile(latencies, 0.99),
        "delivery_p50_us": percentile(delivery, 0.5), "delivery_p99_us": percentile(delivery, 0.99),
        "acknowledged": counts.acknowledged, "refused": counts.refused,
        "delivered": counts.delivered, "expected": expected, "astray": astray,
        "exact": expected == counts.delivered && astray == 0, "fault": counts.first_fault,
    });
    if let (Value::Object(line), Value::Object(window)) = (&mut line, window) {
        line.extend(window);
    }
    println!("{line}");
    Ok(())
}

impl Counts {
    /// How many of the clients heard more or less than what was acknowledged in their rooms.
    fn astray(&self, plan: &Plan) -> usize {
        let rooms_of_each =
            plan.of_client.iter().map(|rooms| rooms.iter().map(|room| self.in_room[*room]).sum::<u64>());
        rooms_of_each.zip(&self.by_client).filter(|(said, heard)| said != *heard).count()
    }
}

struct Deadlines {
    begin: Instant,
    every: Option<Duration>,
    end: Instant,
    /// How many are to hear each message.
    hearers: usize,
    /// Whether this client posts.
    posts: bool,
}

impl Client {
    async fn work(mut self, deadlines: &Deadlines) -> Result<(), Fault> {
        if deadlines.posts {
            self.post_until_the_end(deadlines).await?;
            self.counts.borrow_mut().posting -= 1;
        }
        self.hear_the_last(deadlines).await
    }

    async fn post_until_the_end(&mut self, deadlines: &Deadlines) -> Result<(), Fault> {
        tokio::time::sleep_until(deadlines.begin.into()).await;
        let mut next = deadlines.begin;
        loop {
            let now = Instant::now();
            if now >= deadlines.end && self.waiting.is_empty() {
                return Ok(());
            }
            let due = match deadlines.every {
                None => self.waiting.is_empty().then_some(now),
                Some(_) => Some(next),
            };
            match due.filter(|_| now < deadlines.end) {
                Some(due) if due <= now => {
                    self.post(due).await?;
                    next += deadlines.every.unwrap_or_default();
                }
                Some(due) => {
                    let heard = tokio::time::timeout_at(due.into(), self.hear()).await;
                    heard.unwrap_or(Ok(()))?;
                }
                None => self.hear().await?,
            }
        }
    }

    /// Reads until everybody has everything and nothing more comes.
    async fn hear_the_last(&mut self, deadlines: &Deadlines) -> Result<(), Fault> {
        let deadline = deadlines.end.max(Instant::now()) + TAIL;
        loop {
            let all = {
                let counts = self.counts.borrow();
                counts.posting == 0 && counts.delivered >= counts.acknowledged * deadlines.hearers as u64
            };
            let pause = Instant::now() + QUIET;
            match tokio::time::timeout_at(pause.into(), self.hear()).await {
                Ok(heard) => heard?,
                Err(_) if all || Instant::now() > deadline => return Ok(()),
                Err(_) => {}
            }
        }
    }

    async fn post(&mut self, due: Instant) -> Result<(), Fault> {
        self.posted += 1;
        let (_, room) = &self.rooms[self.posted as usize % self.rooms.len()];
        // What the first client says tells when it was sent.
        let time = (self.number == 0).then(|| due.saturating_duration_since(self.start));
        if self.ask_only {
            ask(&mut self.packet, room, self.posted);
        } else {
            post(self.kind, &mut self.packet, room, self.posted, time);
        }
        self.waiting.push_back((self.posted, due));
        self.sink.send(&self.packet).await
    }

    async fn hear(&mut self) -> Result<(), Fault> {
        let frame = self.frames.next().await?;
        match heard(self.kind, frame) {
            Heard::Messages(count) => {
                let mut counts = self.counts.borrow_mut();
                counts.delivered += count as u64;
                counts.frames += 1;
                counts.by_client[self.number] += count as u64;
                if self.number == 1 {
                    let now = self.start.elapsed();
                    let times = times(frame).map(|sent| now.saturating_sub(sent).as_micros());
                    counts.delivery_us.extend(times.filter_map(|time| u32::try_from(time).ok()));
                }
            }
            Heard::Acknowledged(id, well) => {
                let place = self.waiting.iter().position(|(waiting, _)| *waiting == id);
                let posted = place.and_then(|place| self.waiting.remove(place));
                let (_, due) = posted.ok_or("an acknowledgement that nobody waits for")?;
                let mut counts = self.counts.borrow_mut();
                if well != self.ask_only {
                    counts.acknowledged += 1;
                    counts.in_room[self.rooms[id as usize % self.rooms.len()].0] += 1;
                    counts.latencies_us.push(u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX));
                } else {
                    counts.refused += 1;
                }
            }
            Heard::Ping => self.sink.send(b"3").await?,
            Heard::Other => {}
        }
        Ok(())
    }
}
