//! Processes as `/proc` shows them: who started whom, what they hold, and when they end.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process, pidfd_open, waitid};

/// Kills the process `id` and everything that it started and that still is its descendant.
pub fn kill_tree(id: u32) {
    let mut waiting = vec![id];
    while let Some(id) = waiting.pop() {
        // Stopped first, so that it starts no other child once its children are listed. It may have ended by itself.
        signal(id, Signal::STOP);
        waiting.extend(children(id));
        signal(id, Signal::KILL);
    }
}

/// Resident memory of the process `id` in bytes.
///
/// # Errors
/// It has ended.
pub fn resident_bytes(id: u32) -> Result<u64, String> {
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

/// Makes `command` run for itself: nothing of our environment changes what it does, what is typed at our terminal does not
/// end it, and it keeps none of our streams.
pub(crate) fn prepare(command: &mut Command) {
    command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8");
    // Our own folder may be closed to the account that it runs as.
    command.current_dir("/").process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
}

/// Stops the process `id`, which this process has started, and tells whom it has started itself. Until it is resumed
/// there will be no others: only who waits until it has really stopped knows that it is not just starting one.
pub(crate) fn stop_child(id: u32) -> Vec<u32> {
    signal(id, Signal::STOP);
    let options = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    if let Some(pid) = pid(id) {
        while waitid(WaitId::Pid(pid), options).is_err_and(|error| error == Errno::INTR) {}
    }
    children(id)
}

/// Stops the process `id`, which this process has started, and all its descendants, and tells who they are.
pub(crate) fn stop_tree(id: u32) -> Vec<u32> {
    stop_child(id);
    let found = tree(id);
    for id in &found {
        signal(*id, Signal::STOP);
    }
    found
}

/// Kills a process that this process has started, and all its descendants, and waits until they have ended, each at most
/// for so long: only then can others use what they had.
pub(crate) fn end_tree(mut child: Child, limit: Duration) -> Result<(), String> {
    let found = stop_tree(child.id());
    let ends: Vec<_> = found.iter().filter_map(|id| watch(*id)).collect();
    for id in found {
        signal(id, Signal::KILL);
    }
    child.wait().map_err(|error| format!("a killed process cannot be waited for: {error}"))?;
    if ends.iter().all(|end| ended_within(end, limit)) {
        return Ok(());
    }
    Err("a killed process did not end".to_owned())
}

/// Sends a signal to the process `id`, which may have ended.
pub(crate) fn signal(id: u32, signal: Signal) {
    if let Some(pid) = pid(id) {
        let _ = kill_process(pid, signal);
    }
}

/// What [`ended_within`] waits for: the end of the process `id`. Nothing, if it has ended and nothing is left of it.
pub(crate) fn watch(id: u32) -> Option<OwnedFd> {
    pidfd_open(pid(id)?, PidfdFlags::empty()).ok()
}

/// Waits until the process ends, at most for so long; whether it has ended.
pub(crate) fn ended_within(process: &OwnedFd, limit: Duration) -> bool {
    let begun = Instant::now();
    loop {
        let left = Timespec::try_from(limit.saturating_sub(begun.elapsed())).ok();
        match poll(&mut [PollFd::new(process, PollFlags::IN)], left.as_ref()) {
            Err(Errno::INTR) => {}
            result => return result == Ok(1),
        }
    }
}

/// The process `id` and all its descendants.
pub(crate) fn tree(id: u32) -> Vec<u32> {
    let mut found = vec![id];
    let mut next = 0;
    while let Some(id) = found.get(next) {
        found.extend(children(*id));
        next += 1;
    }
    found
}

fn children(id: u32) -> Vec<u32> {
    all().into_iter().filter(|child| parent(*child) == Some(id)).collect()
}

/// Every process that there is.
pub(crate) fn all() -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn parent(id: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name in parentheses may hold anything; the fields after it are state and parent.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}
