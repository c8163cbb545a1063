//! The two systems, each with everything that it needs: started on ports of their own, ended with the measurement.

use std::path::Path;

use xtask::redis::Settings;
use xtask::{Postgres, Redis};

use super::figures::{NODES, POSTGRES, REDIS};
use crate::bench::program::{Program, claim};
use crate::commands;
use crate::server::Server;

/// Where the chat is that Chinwag is measured beside.
pub(super) const NODE_CLUSTER: &str = "bench/peers/node-cluster";

/// One that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum System {
    /// Chinwag over PostgreSQL and Redis.
    Chinwag,
    /// `bench/peers/node-cluster` over Redis.
    Node,
}

impl System {
    /// What it is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Chinwag => "Chinwag",
            Self::Node => "Node",
        }
    }

    /// What the load generator calls it.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Chinwag => "chinwag",
            Self::Node => "node",
        }
    }

    /// What it consists of.
    pub(super) fn parts(self) -> &'static [&'static str] {
        match self {
            Self::Chinwag => &[NODES, REDIS, POSTGRES],
            Self::Node => &[NODES, REDIS],
        }
    }
}

/// A system that runs.
pub(super) enum Running {
    // Ended in this order.
    Chinwag { servers: Vec<Server>, redis: Redis, postgres: Postgres },
    Node { servers: Vec<Program>, redis: Redis },
}

impl Running {
    /// Starts it with so many nodes, and nothing stored yet.
    pub(super) fn start(system: System, nodes: usize, folder: &Path) -> Result<Self, String> {
        match system {
            System::Chinwag => {
                let (postgres, redis) = (Postgres::start()?, Redis::start()?);
                let start = |_| Server::start_node(folder, &postgres.url(), &redis.url());
                let servers: Result<Vec<Server>, String> = (0..nodes).map(start).collect();
                Ok(Self::Chinwag { servers: servers?, redis, postgres })
            }
            System::Node => {
                // Each command is on disk before it is answered, as an acknowledgement promises here.
                let lines = [("appendonly", "yes"), ("appendfsync", "always")];
                let lines = lines.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
                let redis = Redis::start_with(&Settings { lines, ..Settings::default() })?;
                let start = |node| {
                    let port = claim()?;
                    let mut command = commands::node(NODE_CLUSTER);
                    command.args(["server.js", &port.number().to_string(), &redis.port().to_string()]);
                    command.env("NODE_ENV", "production");
                    Program::start(command, port, &folder.join(format!("node-{node}.log")))
                };
                let servers: Result<Vec<Program>, String> = (0..nodes).map(start).collect();
                Ok(Self::Node { servers: servers?, redis })
            }
        }
    }

    /// Where the nodes listen.
    pub(super) fn addresses(&self) -> Vec<String> {
        match self {
            Self::Chinwag { servers, .. } => servers.iter().map(|server| server.address.clone()).collect(),
            Self::Node { servers, .. } => servers.iter().map(Program::address).collect(),
        }
    }

    /// Its processes, by part.
    pub(super) fn processes(&self) -> Result<Vec<(&'static str, Vec<u32>)>, String> {
        Ok(match self {
            Self::Chinwag { servers, redis, postgres } => vec![
                (NODES, servers.iter().map(Server::id).collect()),
                (REDIS, vec![redis.id()?]),
                (POSTGRES, vec![postgres.id()?]),
            ],
            Self::Node { servers, redis } => {
                vec![(NODES, servers.iter().map(Program::id).collect()), (REDIS, vec![redis.id()?])]
            }
        })
    }

    /// How often a node of ours has read from the store what did not reach it in order.
    pub(super) fn holes(&self) -> Result<f64, String> {
        match self {
            Self::Chinwag { servers, .. } => {
                servers.iter().map(|server| server.metric("chinwag_holes_filled_total")).sum()
            }
            Self::Node { .. } => Ok(0.0),
        }
    }

    /// Ends it; an error if one of our servers does not end well.
    pub(super) fn stop(self) -> Result<(), String> {
        if let Self::Chinwag { servers, .. } = self {
            for server in servers {
                server.stop()?;
            }
        }
        Ok(())
    }
}
