//! Posting with everything in PostgreSQL, on one node and on two, beside SQLite and beside the chat that tutorials build.

use xtask::Postgres;

use super::{CLIENTS, FEW, Plan, ROOMS, history, median_of, milliseconds, ours, peers};
use crate::bench::folder::Folder;
use crate::bench::load::{self, Failed, Load, Measured};
use crate::bench::table::{self, Line, median, thousands};
use crate::server::Server;

pub(super) fn measure(plan: &Plan, folder: &Folder) -> Result<(), String> {
    let postgres = Postgres::start()?;
    posting(plan, folder, &postgres)?;
    one_client(plan, folder, &postgres)?;
    let database = postgres.new_database()?;
    history::measure(folder, Some(&database), plan.messages)
}

/// A run against so many fresh nodes on a fresh database: the figures, and posts per transaction.
fn on_nodes(
    folder: &Folder,
    postgres: &Postgres,
    nodes: usize,
    load: &Load,
) -> Result<(Measured, f64), String> {
    load::exact(|| try_on_nodes(folder, postgres, nodes, load))
}

fn try_on_nodes(
    folder: &Folder,
    postgres: &Postgres,
    nodes: usize,
    load: &Load,
) -> Result<(Measured, f64), Failed> {
    let database = postgres.new_database()?;
    let data = folder.fresh("ours")?;
    let servers: Result<Vec<Server>, String> =
        (0..nodes).map(|_| Server::start_with(&data, Some(&database))).collect();
    let servers = servers?;
    let all = |name: &str| -> Result<f64, String> {
        let counts: Result<Vec<f64>, String> = servers.iter().map(|server| server.metric(name)).collect();
        Ok(counts?.into_iter().sum())
    };
    let counts = || -> Result<(f64, f64), String> {
        Ok((all("chinwag_messages_posted_total")?, all("chinwag_store_commits_total")?))
    };
    let before = counts()?;
    let addresses: Vec<&str> = servers.iter().map(|server| server.address.as_str()).collect();
    let measured = Load { kind: "chinwag", ..*load }.run(&addresses.join(","))?;
    let after = counts()?;
    for server in servers {
        server.stop()?;
    }
    Ok((measured, (after.0 - before.0) / (after.1 - before.1)))
}

fn posting(plan: &Plan, folder: &Folder, postgres: &Postgres) -> Result<(), String> {
    let all = Load { clients: CLIENTS, rooms: ROOMS, seconds: plan.seconds, ..Load::default() };
    let few = Load { members: Some(FEW), ..all };
    let mut lines = Vec::new();
    for (load, shape) in [(&all, "all clients in all rooms"), (&few, "four clients in each room")] {
        let (mut one, mut two, mut sqlite, mut node) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for round in 1..=plan.rounds {
            println!("{shape}: round {round} of {}", plan.rounds);
            one.push(on_nodes(folder, postgres, 1, load)?);
            two.push(on_nodes(folder, postgres, 2, load)?);
            sqlite.push(ours(folder, load)?.0);
            node.push(peers(folder, load)?);
        }
        let posts = |runs: &[(Measured, f64)]| {
            let rate = median_of(runs.iter().map(|(measured, _)| measured), "posts_per_s")?;
            Ok::<_, String>((rate, median(runs.iter().map(|(_, posts)| *posts))))
        };
        let ((one, per_one), (two, per_two)) = (posts(&one)?, posts(&two)?);
        let (sqlite, node) = (median_of(&sqlite, "posts_per_s")?, median_of(&node, "posts_per_s")?);
        let mut line = |what: &str, ours: f64, per_commit: f64, other: f64, beside: &str| {
            lines.push(Line {
                figure: format!("posts/s, {shape}, {what}"),
                ours: format!("{} ({per_commit:.0} per commit)", thousands(ours)),
                other: format!("{} {beside}", thousands(other)),
                ratio: Some(ours / other),
                target: "",
                met: None,
            });
        };
        line("one node", one, per_one, sqlite, "SQLite");
        line("one node", one, per_one, node, "Node, Redis");
        line("two nodes", two, per_two, one, "one node");
        line("two nodes", two, per_two, node, "Node, Redis");
    }
    table::print(["figure", "PostgreSQL", "beside", ""], &lines);
    Ok(())
}

/// One client that posts again when its last was acknowledged.
fn one_client(plan: &Plan, folder: &Folder, postgres: &Postgres) -> Result<(), String> {
    let load = Load { clients: 1, rooms: 1, seconds: plan.seconds, ..Load::default() };
    let (mut shared, mut alone) = (Vec::new(), Vec::new());
    for round in 1..=plan.rounds {
        println!("one client: round {round} of {}", plan.rounds);
        shared.push(on_nodes(folder, postgres, 1, &load)?.0);
        alone.push(ours(folder, &load)?.0);
    }
    let mut lines = Vec::new();
    for (name, what) in [("ack_p50_us", "p50"), ("ack_p99_us", "p99")] {
        let (shared, alone) = (median_of(&shared, name)?, median_of(&alone, name)?);
        lines.push(Line {
            figure: format!("one client, {what} of an acknowledgement"),
            ours: milliseconds(shared),
            other: format!("{} SQLite", milliseconds(alone)),
            ratio: Some(shared / alone),
            target: "",
            met: None,
        });
    }
    table::print(["figure", "PostgreSQL", "beside", ""], &lines);
    Ok(())
}
