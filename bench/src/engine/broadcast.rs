//! The load generator: members of one room, in one thread.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use tokio::sync::Semaphore;
use tokio::task::LocalSet;

use super::connection::{Entrance, stay};
use super::files;
use super::modes::{acknowledge, connect, rate, saturate};
use super::report;
use super::room::Room;
use crate::Fault;
use crate::process::Processes;

/// How long everybody may take to come in.
const ENTRY: Duration = Duration::from_secs(120);
/// How long the last deliveries may take.
const TAIL: Duration = Duration::from_secs(20);
/// After so long without anything nothing more comes, not even what comes twice.
const QUIET: Duration = Duration::from_millis(100);

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// So many messages are always on their way: what a delivery costs the server.
    Saturate,
    /// So many messages per second, however long they take: how late they come.
    Rate,
    /// Everybody comes in, and stays without a word: connects per second, memory, heartbeats.
    Connect,
    /// Events are acknowledged to somebody while messages go to everybody else.
    Acknowledge,
}

#[derive(Args)]
pub(crate) struct Arguments {
    /// What is measured.
    #[arg(long, value_enum)]
    pub(super) mode: Mode,
    /// Where the server listens.
    #[arg(long)]
    address: SocketAddr,
    /// The server's process; may be given several times.
    #[arg(long)]
    pid: Vec<u32>,
    /// A word for the line that is printed.
    #[arg(long, default_value = "")]
    pub(super) label: String,
    /// How many are in the room.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    members: u32,
    /// How many of them speak, in turns.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    senders: u32,
    /// saturate: how many messages are on their way.
    #[arg(long, default_value_t = 1)]
    pub(super) window: u64,
    /// rate: messages per second.
    #[arg(long, default_value_t = 20.0)]
    pub(super) rate: f64,
    /// How long to measure; connect has `--hold` instead.
    #[arg(long, default_value_t = 5.0)]
    pub(super) seconds: f64,
    /// connect: how long to stay before memory is looked at.
    #[arg(long, default_value_t = 5.0)]
    pub(super) hold: f64,
    /// How many may be coming in at once.
    #[arg(long, default_value_t = 64)]
    concurrency: usize,
    /// Members come from this many addresses, 127.0.0.2 and on: one address has about 28,000 ports for one server.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=250))]
    addresses: u32,
    /// connect: members are in this many groups, one after the other (`auth.room` is `group0` and on).
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    groups: u32,
}

/// A room with everybody in it, and what it took to get there.
pub(super) struct Gathering {
    pub(super) room: Rc<Room>,
    pub(super) address: SocketAddr,
    pub(super) servers: Processes,
    /// How long it took until everybody was in.
    pub(super) entry: Duration,
    /// What that cost the server, in seconds.
    pub(super) entry_cpu: f64,
    /// The server's memory before.
    pub(super) empty_kib: f64,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<(), Fault> {
    files::raise_limit()?;
    LocalSet::new().run_until(gather_and_measure(arguments)).await
}

async fn gather_and_measure(arguments: &Arguments) -> Result<(), Fault> {
    let gathering = gather(arguments).await;
    let room = Rc::clone(&gathering.room);
    let measured = if room.joined.get() < room.members || room.closed.get() > 0 {
        // Its other figures would be of something else.
        serde_json::json!({})
    } else {
        match arguments.mode {
            Mode::Saturate => saturate::measure(&gathering, arguments).await,
            Mode::Rate => rate::measure(&gathering, arguments).await,
            Mode::Connect => connect::measure(&gathering, arguments).await,
            Mode::Acknowledge => acknowledge::measure(&gathering, arguments).await?,
        }
    };
    println!("{}", report::line(arguments, &room, measured));
    Ok(())
}

async fn gather(arguments: &Arguments) -> Gathering {
    let members = arguments.members as usize;
    let groups = (arguments.groups as usize).min(members);
    // Each group has one who speaks, so that all can be asked whether they hear.
    let senders = (arguments.senders as usize).max(groups).min(members);
    let room = Rc::new(Room::new(members, senders, groups));
    let servers = Processes::of(&arguments.pid);
    let entrance = Rc::new(Entrance {
        address: arguments.address,
        addresses: arguments.addresses,
        doors: Semaphore::new(arguments.concurrency.max(1)),
    });
    let empty_kib = servers.resident_kib();
    let (before, begun) = (servers.cpu(), Instant::now());
    for number in 0..members {
        tokio::task::spawn_local(stay(Rc::clone(&room), Rc::clone(&entrance), number));
    }
    let deadline = tokio::time::Instant::now() + ENTRY;
    while room.joined.get() < members && room.closed.get() == 0 {
        if tokio::time::timeout_at(deadline, room.door.notified()).await.is_err() {
            break;
        }
    }
    let (entry, entry_cpu) = (begun.elapsed(), (servers.cpu() - before).total());
    Gathering { room, address: arguments.address, servers, entry, entry_cpu, empty_kib }
}

impl Gathering {
    /// Waits until everybody has everything, and nothing more comes.
    pub(super) async fn drain(&self) {
        let room = &self.room;
        let deadline = Instant::now() + TAIL;
        loop {
            let before = room.deliveries.get();
            tokio::time::sleep(QUIET).await;
            let quiet = before == room.deliveries.get();
            let complete = room.completed.get() == room.sent.get();
            if (quiet && complete) || Instant::now() > deadline {
                break;
            }
        }
    }
}
