//! Processes as `/proc` shows them.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

/// Kills the process `id` and everything that it started and that still is its descendant.
pub(crate) fn kill_tree(id: u32) {
    let mut waiting = vec![id];
    while let Some(id) = waiting.pop() {
        let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) else { continue };
        // Stopped first, so that it starts no other child once its children are listed. It may have ended by itself.
        let _ = kill_process(pid, Signal::STOP);
        waiting.extend(children(id));
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// Resident memory of the process `id` in bytes.
pub(crate) fn resident_bytes(id: u32) -> Result<u64, String> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))
        .map_err(|error| format!("cannot read the memory of process {id}: {error}"))?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|kib| kib.parse::<u64>().ok())
        .map(|kib| kib * 1024)
        .ok_or_else(|| format!("process {id} has ended"))
}

fn children(id: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|child| parent(*child) == Some(id))
        .collect()
}

fn parent(id: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name in parentheses may hold anything; the fields after it are state and parent.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}
