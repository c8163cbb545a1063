//! How large the storm is, and what both sides know of the server's settings.

use std::time::Duration;

/// How often clients are asked whether they are there: short, so that much happens.
pub(crate) const PING_INTERVAL: Duration = Duration::from_secs(1);

pub(crate) const UPGRADE_TIMEOUT: Duration = Duration::from_secs(1);

pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// For how long a client may be away and go on where it was.
pub(crate) const RECOVERY_WINDOW: Duration = Duration::from_secs(5);

/// How long the engine waits at most, when it has ended a connection, for the client to hear of it.
pub(crate) const GRACE: Duration = Duration::from_secs(2);

/// What a machine that does something else may add to that.
pub(crate) const SLACK: Duration = Duration::from_secs(10);

pub(crate) const MAX_PAYLOAD: usize = 100_000;

/// How many namespaces of the pattern there may be. Clients ask for a few more.
pub(crate) const CHILDREN: u64 = 60;

/// How large the storm is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) clients: u64,
    /// For how long they come and go.
    pub(crate) storm: Duration,
    pub(crate) seed: u64,
}

impl Settings {
    /// As the environment says; otherwise small enough for every day.
    pub(crate) fn read() -> Self {
        let number = |name| {
            let text = std::env::var(name).ok()?;
            Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
        };
        Self {
            clients: number("CHINWAG_SOAK_CLIENTS").unwrap_or(200),
            storm: Duration::from_secs(number("CHINWAG_SOAK_SECONDS").unwrap_or(12)),
            seed: number("CHINWAG_SEED").unwrap_or_else(|| getrandom::u64().unwrap()),
        }
    }

    /// How long a client may take to answer: the more there are the longer, also on a machine that does something else.
    pub(crate) fn ping_timeout(&self) -> Duration {
        Duration::from_millis(4_000 + 3 * self.clients)
    }

    /// The longest time for which the server may rightly take somebody to be there who is not: asked, not answered, ended.
    pub(crate) fn longest(&self) -> Duration {
        PING_INTERVAL + self.ping_timeout() + GRACE
    }

    /// How long the first, short storm is, after which the memory is what it may be.
    pub(crate) fn warm_up(&self) -> Duration {
        (self.storm / 3).min(Duration::from_secs(60))
    }

    /// How long a client listens at most between two things that it does: the more there are the longer, so that it is not
    /// the machine that they wait for.
    pub(crate) fn pause(&self) -> Duration {
        Duration::from_millis(500 + self.clients / 2)
    }

    /// How many rooms there are, so that each has about ten members.
    pub(crate) fn rooms(&self) -> u64 {
        self.clients.div_ceil(20)
    }
}
