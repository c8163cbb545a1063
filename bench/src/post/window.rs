//! What is delivered, and what that costs, between two moments at both of which messages are on their way.

use std::str::FromStr;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::Counts;
use crate::process::{Cpu, Processes, cpu_of_trees};

#[cfg(test)]
mod tests;

/// Processes whose cost is told by one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    name: String,
    ids: Vec<u32>,
}

impl FromStr for Group {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, ids) = text.split_once('=').ok_or("it is NAME=PID,PID")?;
        let ids: Result<Vec<u32>, _> = ids.split(',').map(str::parse).collect();
        Ok(Self {
            name: name.to_owned(),
            ids: ids.map_err(|error| format!("a process has a number: {error}"))?,
        })
    }
}

/// Everything that counts, at one moment.
pub(super) struct Moment {
    at: Instant,
    acknowledged: u64,
    delivered: u64,
    frames: u64,
    groups: Vec<(String, Cpu)>,
    own: Cpu,
}

impl Moment {
    pub(super) fn now(groups: &[Group], counts: &Counts) -> Self {
        Self {
            at: Instant::now(),
            acknowledged: counts.acknowledged,
            delivered: counts.delivered,
            frames: counts.frames,
            groups: groups.iter().map(|group| (group.name.clone(), cpu_of_trees(&group.ids))).collect(),
            own: Processes::own().cpu(),
        }
    }

    /// What has happened from this moment to a later one.
    pub(super) fn until(&self, after: &Self) -> Value {
        let seconds = (after.at - self.at).as_secs_f64();
        let delivered = (after.delivered - self.delivered) as f64;
        let mut line = Map::new();
        let mut note = |name: &str, value: f64| line.insert(format!("window_{name}"), json!(value));
        note("s", seconds);
        note("posts_per_s", (after.acknowledged - self.acknowledged) as f64 / seconds);
        note("deliveries_per_s", delivered / seconds);
        note("messages_per_frame", delivered / (after.frames - self.frames) as f64);
        note("load_cores", (after.own - self.own).total() / seconds);
        for ((name, before), (_, after)) in self.groups.iter().zip(&after.groups) {
            note(&format!("{name}_us"), (*after - *before).total() * 1e6 / delivered);
        }
        Value::Object(line)
    }
}
