//! What processes cost, as `/proc` tells.

use std::collections::HashMap;
use std::fs;
use std::ops::Sub;

#[cfg(test)]
mod tests;

/// What is not known: not a number, and null in JSON.
const UNKNOWN: Cpu = Cpu { user: f64::NAN, system: f64::NAN };

/// Processor time in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cpu {
    /// In the program itself.
    pub(crate) user: f64,
    /// In the kernel on its behalf.
    pub(crate) system: f64,
}

impl Cpu {
    /// Both together.
    pub(crate) fn total(self) -> f64 {
        self.user + self.system
    }
}

impl Cpu {
    /// What these numbers of the kernel's are in seconds.
    fn of(ticks: Ticks) -> Self {
        let hertz = rustix::param::clock_ticks_per_second() as f64;
        Self { user: ticks.user as f64 / hertz, system: ticks.system as f64 / hertz }
    }
}

impl Sub for Cpu {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self { user: self.user - before.user, system: self.system - before.system }
    }
}

/// The processes that are measured together. What cannot be read is not a number, and null in JSON.
#[derive(Clone, Debug)]
pub(crate) struct Processes(Vec<String>);

impl Processes {
    /// Those with these ids.
    pub(crate) fn of(ids: &[u32]) -> Self {
        Self(ids.iter().map(u32::to_string).collect())
    }

    /// This one.
    pub(crate) fn own() -> Self {
        Self(vec!["self".to_owned()])
    }

    /// Their time up to now.
    pub(crate) fn cpu(&self) -> Cpu {
        let each = self.0.iter().map(|id| {
            let text = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            Stat::parse(&text).map_or(UNKNOWN, |stat| Cpu::of(stat.own))
        });
        let sum = |sum: Cpu, one: Cpu| Cpu { user: sum.user + one.user, system: sum.system + one.system };
        each.reduce(sum).unwrap_or(UNKNOWN)
    }

    /// Their resident memory in KiB.
    pub(crate) fn resident_kib(&self) -> f64 {
        let each = self.0.iter().map(|id| {
            let text = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
            resident(&text).map_or(f64::NAN, |kib| kib as f64)
        });
        each.reduce(|sum, one| sum + one).unwrap_or(f64::NAN)
    }
}

/// Processor time in the kernel's own unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ticks {
    user: u64,
    system: u64,
}

impl std::ops::AddAssign for Ticks {
    fn add_assign(&mut self, other: Self) {
        self.user += other.user;
        self.system += other.system;
    }
}

/// What is used here of a `/proc/PID/stat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    own: Ticks,
    /// Of children that have ended and were waited for, and of theirs.
    ended: Ticks,
}

impl Stat {
    /// Reads it. The name in parentheses may hold anything, spaces and parentheses included; the state is the first field
    /// after it, the parent the second, times begin with the twelfth.
    fn parse(stat: &str) -> Option<Self> {
        let (_, rest) = stat.rsplit_once(')')?;
        let mut fields = rest.split_whitespace().skip(1);
        let parent = fields.next()?.parse().ok()?;
        let mut times = fields.skip(9).map_while(|field| field.parse().ok());
        let mut ticks = || Some(Ticks { user: times.next()?, system: times.next()? });
        Some(Self { parent, own: ticks()?, ended: ticks()? })
    }
}

/// The time up to now of processes and of everything that they have started: of what has ended as of what still lives. Not
/// a number if one of them is not there.
pub(crate) fn cpu_of_trees(roots: &[u32]) -> Cpu {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let stat = |id| Stat::parse(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?);
    let all: HashMap<u32, Stat> = ids.filter_map(|id| Some((id, stat(id)?))).collect();
    in_trees(&all, roots).map_or(UNKNOWN, Cpu::of)
}

/// The time of these processes, their descendants and their ended children, if all of these are there.
fn in_trees(all: &HashMap<u32, Stat>, roots: &[u32]) -> Option<Ticks> {
    let mut sum = Ticks::default();
    let mut waiting = roots.to_vec();
    while let Some(id) = waiting.pop() {
        let stat = all.get(&id)?;
        sum += stat.own;
        sum += stat.ended;
        waiting.extend(all.iter().filter(|(_, child)| child.parent == id).map(|(child, _)| *child));
    }
    Some(sum)
}

/// The resident KiB in a `/proc/PID/status`.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}
