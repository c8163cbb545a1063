//! What processes cost, as `/proc` tells.

use std::fs;
use std::ops::Sub;

#[cfg(test)]
mod tests;

/// Processor time in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cpu {
    /// In the program itself.
    pub(super) user: f64,
    /// In the kernel on its behalf.
    pub(super) system: f64,
}

impl Cpu {
    /// Both together.
    pub(super) fn total(self) -> f64 {
        self.user + self.system
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
pub(super) struct Processes(Vec<String>);

impl Processes {
    /// Those with these ids.
    pub(super) fn of(ids: &[u32]) -> Self {
        Self(ids.iter().map(u32::to_string).collect())
    }

    /// This one.
    pub(super) fn own() -> Self {
        Self(vec!["self".to_owned()])
    }

    /// Their time up to now.
    pub(super) fn cpu(&self) -> Cpu {
        let unknown = Cpu { user: f64::NAN, system: f64::NAN };
        let each = self.0.iter().map(|id| {
            let text = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            let hertz = rustix::param::clock_ticks_per_second() as f64;
            ticks(&text).map_or(unknown, |(user, system)| Cpu {
                user: user as f64 / hertz,
                system: system as f64 / hertz,
            })
        });
        let sum = |sum: Cpu, one: Cpu| Cpu { user: sum.user + one.user, system: sum.system + one.system };
        each.reduce(sum).unwrap_or(unknown)
    }

    /// Their resident memory in KiB.
    pub(super) fn resident_kib(&self) -> f64 {
        let each = self.0.iter().map(|id| {
            let text = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
            resident(&text).map_or(f64::NAN, |kib| kib as f64)
        });
        each.reduce(|sum, one| sum + one).unwrap_or(f64::NAN)
    }
}

/// The ticks in user and kernel mode in a `/proc/PID/stat`. The name in parentheses may hold anything, spaces and
/// parentheses included; the state is the first field after it, these are the twelfth and thirteenth.
fn ticks(stat: &str) -> Option<(u64, u64)> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// The resident KiB in a `/proc/PID/status`.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}
