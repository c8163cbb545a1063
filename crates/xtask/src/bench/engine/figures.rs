//! What is measured, and what it is to be.

use super::options::Options;
use super::servers::Contender::{self, Ceiling, Chinwag, Node, Socketioxide};
use super::servers::EVERYBODY;
use crate::bench::table::thousands;

#[cfg(test)]
mod tests;

/// Runs of the load generator that are alike but for the server.
pub(super) struct Job {
    /// What it is picked by.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// The load generator's, in which `SECONDS` and `MINUTE` stand for how long.
    arguments: &'static str,
    pub(super) contenders: &'static [Contender],
    /// Too dear for more than one round.
    pub(super) once: bool,
    pub(super) figures: &'static [Figure],
}

/// A number of a run.
pub(super) struct Figure {
    pub(super) title: &'static str,
    /// What the load generator calls it.
    pub(super) field: &'static str,
    pub(super) unit: Unit,
    pub(super) targets: &'static [Target],
}

/// How a number is written.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    Seconds,
    /// The number is microseconds.
    Milliseconds,
    Microseconds,
    MillisecondsPerSecond,
    Kib,
    Count,
    Part,
}

/// What a figure of Chinwag's is to be.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// At most so many times another's.
    AtMost(f64, Contender),
    /// So many times less than another's.
    Below(f64, Contender),
    /// At least so many times another's; better so many times.
    AtLeast(f64, Contender, f64),
    /// At most this, in its unit; better so little.
    Limit(f64, Option<f64>),
}

const CPU: &str = "cpu_s_per_million";

/// A figure of processor time for deliveries.
const fn cpu(title: &'static str, targets: &'static [Target]) -> Figure {
    Figure { title, field: CPU, unit: Unit::Seconds, targets }
}

/// A figure that is only told.
const fn told(title: &'static str, field: &'static str, unit: Unit) -> Figure {
    Figure { title, field, unit, targets: &[] }
}

/// All jobs, in the order of the table.
pub(super) const JOBS: &[Job] = &[
    Job {
        name: "one",
        title: "1,000 members, one message in flight",
        arguments: "--mode saturate --members 1000 --window 1 --seconds SECONDS",
        contenders: EVERYBODY,
        once: false,
        figures: &[cpu(
            "CPU per million deliveries, 1,000 members, one in flight",
            &[Target::AtMost(1.25, Ceiling)],
        )],
    },
    Job {
        name: "full",
        title: "1,000 members, 32 messages in flight from 32 senders",
        arguments: "--mode saturate --members 1000 --window 32 --senders 32 --seconds SECONDS",
        contenders: EVERYBODY,
        once: false,
        figures: &[
            cpu(
                "CPU per million deliveries, 1,000 members, 32 in flight",
                &[Target::AtMost(1.4, Ceiling), Target::Below(2.0, Socketioxide), Target::Below(18.0, Node)],
            ),
            told("deliveries/s, 1,000 members, 32 in flight", "deliveries_per_s", Unit::Count),
        ],
    },
    Job {
        name: "rate300",
        title: "300 messages/s to 1,000 members from 32 senders",
        arguments: "--mode rate --members 1000 --senders 32 --rate 300 --seconds SECONDS",
        // 300,000 deliveries/s are several times what one core does with Node.
        contenders: &[Chinwag, Ceiling, Socketioxide],
        once: false,
        figures: &[
            cpu("CPU per million deliveries at 300 messages/s to 1,000", &[Target::AtMost(1.3, Ceiling)]),
            Figure {
                title: "p99 of delivery at 300 messages/s to 1,000",
                field: "p99_us",
                unit: Unit::Milliseconds,
                targets: &[Target::AtMost(1.5, Ceiling)],
            },
        ],
    },
    Job {
        name: "rate20",
        title: "20 messages/s to 500 members",
        arguments: "--mode rate --members 500 --rate 20 --seconds SECONDS",
        contenders: EVERYBODY,
        once: false,
        figures: &[Figure {
            title: "p99 of delivery at 20 messages/s to 500",
            field: "p99_us",
            unit: Unit::Milliseconds,
            targets: &[Target::AtMost(1.3, Ceiling)],
        }],
    },
    Job {
        name: "one-10000",
        title: "10,000 members, one message in flight",
        arguments: "--mode saturate --members 10000 --window 1 --seconds SECONDS",
        contenders: &[Chinwag, Ceiling, Socketioxide],
        once: false,
        figures: &[cpu(
            "CPU per million deliveries, 10,000 members, one in flight",
            &[Target::AtMost(1.25, Ceiling)],
        )],
    },
    Job {
        name: "full-10000",
        title: "10,000 members, 32 messages in flight from 32 senders",
        arguments: "--mode saturate --members 10000 --window 32 --senders 32 --seconds SECONDS",
        contenders: &[Chinwag, Ceiling, Socketioxide],
        once: false,
        figures: &[cpu(
            "CPU per million deliveries, 10,000 members, 32 in flight",
            &[Target::AtMost(1.4, Ceiling)],
        )],
    },
    Job {
        name: "connect",
        title: "5,000 connections, one after the other, 64 at once",
        arguments: "--mode connect --members 5000 --hold 1",
        contenders: EVERYBODY,
        once: false,
        figures: &[
            Figure {
                title: "connections/s, CONNECT included",
                field: "connects_per_s",
                unit: Unit::Count,
                targets: &[Target::AtLeast(1.25, Socketioxide, 2.0)],
            },
            told("CPU per connection made", "cpu_us_per_connect", Unit::Microseconds),
        ],
    },
    Job {
        name: "idle",
        title: "10,000 connections that only have heartbeats",
        arguments: "--mode connect --members 10000 --hold MINUTE",
        contenders: EVERYBODY,
        once: true,
        figures: &[
            Figure {
                title: "resident memory per idle connection of 10,000",
                field: "kib_per_connection",
                unit: Unit::Kib,
                targets: &[Target::Limit(5.0, Some(4.0))],
            },
            told("CPU per second of their heartbeats", "heartbeat_cpu_ms_per_s", Unit::MillisecondsPerSecond),
        ],
    },
    Job {
        name: "acknowledge",
        title: "acknowledgements to one while messages go to 10,000",
        arguments: "--mode acknowledge --members 10000 --seconds SECONDS",
        // The ceiling acknowledges nothing.
        contenders: &[Chinwag, Socketioxide, Node],
        once: false,
        figures: &[
            told(
                "a message to 10,000, from sent to the last member, median",
                "fan_out_p50_us",
                Unit::Milliseconds,
            ),
            told("the same, p99", "fan_out_p99_us", Unit::Milliseconds),
            told("an acknowledgement meanwhile, p50", "ack_p50_us", Unit::Milliseconds),
            told("the same, p99", "ack_p99_us", Unit::Milliseconds),
            told("the same, the longest", "ack_most_us", Unit::Milliseconds),
            Figure {
                title: "p99 of an acknowledgement in times of the median message to 10,000",
                field: "ack_p99_to_fan_out",
                unit: Unit::Part,
                targets: &[Target::Limit(0.25, None)],
            },
        ],
    },
];

impl Job {
    /// The load generator's arguments.
    pub(super) fn arguments(&self, options: &Options) -> Vec<String> {
        let replaced = |word: &str| match word {
            "SECONDS" => options.seconds.to_string(),
            "MINUTE" => options.minute().to_string(),
            other => other.to_owned(),
        };
        self.arguments.split_whitespace().map(replaced).collect()
    }
}

impl Unit {
    /// The number with its unit.
    pub(super) fn text(self, number: f64) -> String {
        match self {
            Self::Seconds => format!("{number:.3} s"),
            Self::Milliseconds => format!("{:.2} ms", number / 1_000.0),
            Self::Microseconds => format!("{number:.0} µs"),
            Self::MillisecondsPerSecond => format!("{number:.1} ms"),
            Self::Kib => format!("{number:.2} KiB"),
            Self::Count => thousands(number),
            Self::Part => format!("{number:.2}"),
        }
    }
}

impl Target {
    /// Whom Chinwag is compared with.
    pub(super) fn other(self) -> Option<Contender> {
        match self {
            Self::AtMost(_, other) | Self::Below(_, other) | Self::AtLeast(_, other, _) => Some(other),
            Self::Limit(..) => None,
        }
    }

    /// The target in words.
    pub(super) fn text(self, unit: Unit) -> String {
        match self {
            Self::AtMost(times, other) => format!("≤ {times} × {}", other.name()),
            Self::Below(times, other) => format!("≤ {} ÷ {times}", other.name()),
            Self::AtLeast(times, other, wish) => format!("≥ {times} × {} (wish {wish})", other.name()),
            Self::Limit(most, None) => format!("≤ {}", unit.text(most)),
            Self::Limit(most, Some(wish)) => format!("≤ {} (wish {})", unit.text(most), unit.text(wish)),
        }
    }

    /// What `ratio`, Chinwag's number in times of the other's, is in words.
    pub(super) fn ratio_text(self, ratio: f64) -> String {
        match self {
            Self::AtMost(_, other) | Self::AtLeast(_, other, _) => format!("{ratio:.2} × {}", other.name()),
            Self::Below(_, other) => format!("{} ÷ {:.1}", other.name(), ratio.recip()),
            Self::Limit(..) => String::new(),
        }
    }

    /// Whether it is met by that ratio; for a limit, by the number itself.
    pub(super) fn is_met_by(self, ratio: f64) -> bool {
        match self {
            Self::AtMost(times, _) => ratio <= times,
            Self::Below(times, _) => ratio * times <= 1.0,
            Self::AtLeast(times, ..) => ratio >= times,
            Self::Limit(most, _) => ratio <= most,
        }
    }
}
