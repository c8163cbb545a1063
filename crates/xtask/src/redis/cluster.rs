//! Several private Redis servers that are one cluster.

use std::time::Instant;

use super::{AGAIN, LIMIT, Redis, Settings};
use crate::ports::Port;

/// How many masters share the slots: the fewest that Redis can tell by majority that one of them is gone.
const MASTERS: u16 = 3;

/// How many slots there are (Redis Cluster specification, "Key distribution model").
const SLOTS: u16 = 16_384;

/// How long in milliseconds a node is silent before the others think that it is gone. Redis' own default is too long for
/// tests.
const NODE_TIMEOUT: &str = "1000";

/// A private Redis Cluster: three masters without replicas, each with a third of the slots.
///
/// Each is a [`Redis`] and ends as one; what it knows of the others is on the disk, and of its keys nothing. It takes about three seconds until they have found together.
#[derive(Debug)]
pub struct RedisCluster {
    masters: Vec<Redis>,
    /// Where they speak with each other.
    bus_ports: Vec<Port>,
}

impl RedisCluster {
    /// Starts a new cluster and waits until all of it answers.
    ///
    /// # Errors
    /// A sentence that says what to install, or what went wrong.
    pub fn start() -> Result<Self, String> {
        Self::start_with(&Settings::default())
    }

    /// Starts a new cluster with a password, TLS or other settings, the same for all.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(settings: &Settings) -> Result<Self, String> {
        let mut this = Self { masters: Vec::new(), bus_ports: Vec::new() };
        for _ in 0..MASTERS {
            let port = Port::claim().map_err(|error| format!("no port for Redis: {error}"))?;
            let mut settings = settings.clone();
            let number = port.number().to_string();
            let own = [
                ("cluster-enabled", "yes"),
                ("cluster-port", &number),
                ("cluster-node-timeout", NODE_TIMEOUT),
            ];
            let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
            settings.lines.splice(0..0, own);
            this.masters.push(Redis::start_with(&settings)?);
            this.bus_ports.push(port);
        }
        this.bring_together()?;
        this.wait_until_whole()?;
        Ok(this)
    }

    /// `redis-cluster://` or, with TLS, `rediss-cluster://`, with the password if there is one, and the first master only:
    /// clients find the others.
    #[must_use]
    pub fn url(&self) -> String {
        self.masters.first().map(|master| master.url().replacen("://", "-cluster://", 1)).unwrap_or_default()
    }

    /// The masters, in the order of their slots.
    #[must_use]
    pub fn masters(&self) -> &[Redis] {
        &self.masters
    }

    /// The same, for who wants to kill or pause one.
    #[must_use]
    pub fn masters_mut(&mut self) -> &mut [Redis] {
        &mut self.masters
    }

    /// Waits until every master says that all slots are served.
    ///
    /// # Errors
    /// That takes too long.
    pub fn wait_until_whole(&self) -> Result<(), String> {
        let begun = Instant::now();
        let known = format!("cluster_known_nodes:{MASTERS}");
        for master in &self.masters {
            loop {
                let info = master.ask(&["CLUSTER", "INFO"]).unwrap_or_else(|error| error);
                if ["cluster_state:ok", &known].iter().all(|part| info.contains(part)) {
                    break;
                }
                if begun.elapsed() > LIMIT {
                    return Err(format!("the Redis Cluster is not whole:\n{info}\n{}", master.log()));
                }
                std::thread::park_timeout(AGAIN);
            }
        }
        Ok(())
    }

    /// Gives each master its slots and has all of them meet the first.
    fn bring_together(&self) -> Result<(), String> {
        let Some((first, first_bus)) = self.masters.first().zip(self.bus_ports.first()) else {
            return Ok(());
        };
        for (number, master) in (0..MASTERS).zip(&self.masters) {
            let [from, to] =
                [number, number + 1].map(|number| u32::from(SLOTS) * u32::from(number) / u32::from(MASTERS));
            master.ask(&["CLUSTER", "ADDSLOTSRANGE", &from.to_string(), &(to - 1).to_string()])?;
            // Otherwise they would have to settle who of them is the first.
            master.ask(&["CLUSTER", "SET-CONFIG-EPOCH", &(number + 1).to_string()])?;
            if number > 0 {
                let [port, bus] = [first.port(), first_bus.number()].map(|port| port.to_string());
                master.ask(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus])?;
            }
        }
        Ok(())
    }
}
