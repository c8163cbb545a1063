//! Posting, and what comes of many messages: beside the chat that tutorials build, and beside bare SQLite.

mod history;
mod peers;
mod shared;

use super::folder::Folder;
use super::load::{self, Failed, Load, Measured};
use super::table::{self, Line, median, thousands};
use peers::Peer;

use crate::server::{self, Server};
use crate::{debian, install};

const CLIENTS: u32 = 64;
const ROOMS: u32 = 16;
/// Members of each room where not all are in it.
const FEW: u32 = 4;

/// What to do.
struct Plan {
    rounds: usize,
    seconds: u32,
    messages: u64,
}

pub(crate) fn main(arguments: &[String]) -> Result<(), String> {
    let mut plan = Plan { rounds: 5, seconds: 4, messages: 1_000_000 };
    let (postgres, arguments) = match arguments {
        [option, value, rest @ ..] if option == "--database" && value == "postgres" => (true, rest),
        all => (false, all),
    };
    for argument in arguments {
        let (name, number) = argument.split_once('=').ok_or_else(|| wrong(argument))?;
        let number: u64 = number.parse().ok().filter(|&number| number > 0).ok_or_else(|| wrong(argument))?;
        let small = || u32::try_from(number).map_err(|_| wrong(argument));
        match name {
            "rounds" => plan.rounds = small()? as usize,
            "seconds" => plan.seconds = small()?,
            "messages" => plan.messages = number,
            _ => return Err(wrong(argument)),
        }
    }
    debian::ensure()?;
    install::peer(peers::NODE_REDIS)?;
    server::build_release()?;
    load::build()?;
    let folder = Folder::of("post");
    if postgres {
        return shared::measure(&plan, &folder);
    }
    posting(&plan, &folder)?;
    history::measure(&folder, None, plan.messages)
}

fn wrong(argument: &str) -> String {
    format!(
        "\"{argument}\" is not one of rounds=N, seconds=N and messages=N, N being from 1; `--database postgres` may stand before them"
    )
}

/// A run against a fresh server of ours: the figures, and posts per sync.
fn ours(folder: &Folder, load: &Load) -> Result<(Measured, f64), String> {
    load::exact(|| one_of_ours(folder, load))
}

fn one_of_ours(folder: &Folder, load: &Load) -> Result<(Measured, f64), Failed> {
    let server = Server::start(&folder.fresh("ours")?)?;
    let counts = |server: &Server| -> Result<(f64, f64), String> {
        Ok((server.metric("chinwag_messages_posted_total")?, server.metric("chinwag_store_commits_total")?))
    };
    let before = counts(&server)?;
    let measured = Load { kind: "chinwag", ..*load }.run(&server.address)?;
    let after = counts(&server)?;
    server.stop()?;
    Ok((measured, (after.0 - before.0) / (after.1 - before.1)))
}

/// A run against a fresh peer.
fn peers(folder: &Folder, load: &Load) -> Result<Measured, String> {
    load::exact(|| {
        let peer = Peer::start(&folder.fresh("peer")?)?;
        Load { kind: "node", ..*load }.run(&peer.address())
    })
}

/// Runs of both, one after the other, so that what disturbs the machine disturbs both.
struct Both {
    ours: Vec<(Measured, f64)>,
    peers: Vec<Measured>,
}

impl Both {
    fn run(plan: &Plan, folder: &Folder, what: &str, load: &Load) -> Result<Self, String> {
        let mut both = Self { ours: Vec::new(), peers: Vec::new() };
        for round in 1..=plan.rounds {
            println!("{what}: round {round} of {}", plan.rounds);
            both.ours.push(ours(folder, load)?);
            both.peers.push(peers(folder, load)?);
        }
        Ok(both)
    }

    fn ours(&self, name: &str) -> Result<f64, String> {
        median_of(self.ours.iter().map(|(measured, _)| measured), name)
    }

    fn peers(&self, name: &str) -> Result<f64, String> {
        median_of(&self.peers, name)
    }

    fn posts_per_sync(&self) -> f64 {
        median(self.ours.iter().map(|(_, posts)| *posts))
    }
}

fn median_of<'a>(runs: impl IntoIterator<Item = &'a Measured>, name: &str) -> Result<f64, String> {
    let values: Result<Vec<f64>, String> = runs.into_iter().map(|run| run.number(name)).collect();
    Ok(median(values?))
}

fn posting(plan: &Plan, folder: &Folder) -> Result<(), String> {
    let all = Load { clients: CLIENTS, rooms: ROOMS, seconds: plan.seconds, ..Load::default() };
    let few = Load { members: Some(FEW), ..all };
    let mut lines = Vec::new();
    for (load, shape, best_target, best) in [
        (&all, "all clients in all rooms", "3; wish 5", 3.0),
        (&few, "four clients in each room", "1; wish 2", 1.0),
    ] {
        let full = Both::run(plan, folder, shape, load)?;
        let (ours, peers) = (full.ours("posts_per_s")?, full.peers("posts_per_s")?);
        lines.push(Line {
            figure: format!("posts/s, {CLIENTS} clients, {shape}"),
            ours: format!("{} ({:.0} per sync)", thousands(ours), full.posts_per_sync()),
            other: thousands(peers),
            ratio: Some(ours / peers),
            target: best_target,
            met: Some(ours >= best * peers),
        });
        lines.push(Line {
            figure: format!("deliveries/s, {shape}"),
            ours: thousands(full.ours("deliveries_per_s")?),
            other: thousands(full.peers("deliveries_per_s")?),
            ratio: None,
            target: "",
            met: None,
        });
        let rate = (peers / 2.0).round();
        let half = Both::run(
            plan,
            folder,
            &format!("{shape}, {rate} posts/s"),
            &Load { rate: Some(rate), ..*load },
        )?;
        for (name, what, target) in
            [("ack_p99_us", "acknowledgement", Some(0.5)), ("delivery_p99_us", "delivery", None)]
        {
            let (ours, peers) = (half.ours(name)?, half.peers(name)?);
            lines.push(Line {
                figure: format!("p99 of {what} at {} posts/s, {shape}", thousands(rate)),
                ours: milliseconds(ours),
                other: milliseconds(peers),
                ratio: Some(ours / peers),
                target: if target.is_some() { "0.5" } else { "" },
                met: target.map(|target| ours <= target * peers),
            });
        }
    }
    table::print(["figure", "Chinwag", "Node, Redis", "target"], &lines);
    let lines = vec![slow_reader(plan, folder, &all)?];
    table::print(["figure", "with", "without", "target"], &lines);
    let lines = one_client(plan, folder)?;
    table::print(["figure", "Chinwag", "bare SQLite", "target"], &lines);
    Ok(())
}

/// What the others notice of somebody who does not read.
fn slow_reader(plan: &Plan, folder: &Folder, load: &Load) -> Result<Line, String> {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for round in 1..=plan.rounds {
        println!("somebody who does not read: round {round} of {}", plan.rounds);
        with.push(ours(folder, &Load { stalled: 1, ..*load })?.0);
        without.push(ours(folder, load)?.0);
    }
    let (with, without) = (median_of(&with, "delivery_p99_us")?, median_of(&without, "delivery_p99_us")?);
    Ok(Line {
        figure: "p99 of the others' deliveries while somebody does not read, full load".to_owned(),
        ours: milliseconds(with),
        other: milliseconds(without),
        ratio: Some(with / without),
        target: "",
        met: None,
    })
}

/// One client that posts again when its last was acknowledged, and one commit after another without a server.
fn one_client(plan: &Plan, folder: &Folder) -> Result<Vec<Line>, String> {
    let load = Load { clients: 1, rooms: 1, seconds: plan.seconds, ..Load::default() };
    let (mut posts, mut asks, mut commits) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=plan.rounds {
        println!("one client: round {round} of {}", plan.rounds);
        posts.push(ours(folder, &load)?.0);
        asks.push(ours(folder, &Load { ask_only: true, ..load })?.0);
        commits.push(load::commit(&folder.fresh("commit")?)?);
    }
    let (ours, commit) = (median_of(&posts, "ack_p50_us")?, median_of(&commits, "commit_p50_us")?);
    let (ours_p99, commit_p99) = (median_of(&posts, "ack_p99_us")?, median_of(&commits, "commit_p99_us")?);
    let ask = median_of(&asks, "ack_p50_us")?;
    let rested = median_of(&commits, "rested_commit_p50_us")?;
    let sync = median_of(&commits, "fdatasync_p50_us")?;
    let line = |figure: &str, ours: f64, other: f64, target| Line {
        figure: figure.to_owned(),
        ours: milliseconds(ours),
        other: milliseconds(other),
        ratio: Some(ours / other),
        target,
        met: (!target.is_empty()).then_some(ours <= 2.0 * other),
    };
    Ok(vec![
        line("one client, p50 of an acknowledgement, and of a synced commit", ours, commit, "2"),
        line("one client, p99", ours_p99, commit_p99, ""),
        line("the same beside a commit after 0.1 ms of rest, p50", ours, rested, ""),
        line("a round trip in which nothing is stored, p50", ask, commit, ""),
        Line {
            figure: "one fdatasync here, p50".to_owned(),
            ours: String::new(),
            other: milliseconds(sync),
            ratio: None,
            target: "",
            met: None,
        },
    ])
}

fn milliseconds(micros: f64) -> String {
    format!("{:.3} ms", micros / 1_000.0)
}
