//! Running other programs for a step: output to a log file, a limit on time, nothing left behind.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use xtask::processes;

#[cfg(test)]
mod tests;

/// What a finished command leaves.
pub(crate) struct Run {
    /// Whether it ended by itself and said that all is well.
    pub(crate) success: bool,
    /// Why not, in a few words.
    pub(crate) reason: String,
    /// Everything that it printed.
    pub(crate) output: String,
}

/// Runs `command` to its end with its output in the file `log`, which is kept.
///
/// After `limit` it is killed with all its descendants.
pub(crate) fn logged(command: &mut Command, log: &Path, limit: Duration) -> Result<Run, String> {
    let file = File::create(log).map_err(|error| format!("cannot write {}: {error}", log.display()))?;
    let errors = file.try_clone().map_err(|error| format!("cannot write {}: {error}", log.display()))?;
    command.stdin(Stdio::null()).stdout(file).stderr(errors);
    let ended = with_limit(command, limit)?;
    let output = std::fs::read(log).map_err(|error| format!("cannot read {}: {error}", log.display()))?;
    let (success, reason) = match ended {
        Some(status) => (status.success(), status.to_string()),
        None => (false, format!("stopped after {} s", limit.as_secs())),
    };
    Ok(Run { success, reason, output: String::from_utf8_lossy(&output).into_owned() })
}

/// Runs `command` with this terminal's input and output; an error if it fails.
pub(crate) fn shown(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("{} failed ({status})", name(command))) }
}

/// What `command` prints to its standard output; an error with its complaint if it fails.
pub(crate) fn captured(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| cannot_start(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(format!("{} failed ({}): {}", name(command), output.status, complaint.trim()))
}

fn with_limit(command: &mut Command, limit: Duration) -> Result<Option<ExitStatus>, String> {
    let mut child = command.spawn().map_err(|error| cannot_start(command, &error))?;
    let id = child.id();
    let (tell, told) = mpsc::channel();
    let waiter = thread::spawn(move || {
        let status = child.wait();
        // Nobody listens any more once the limit is over.
        let _ = tell.send(());
        status
    });
    let in_time = told.recv_timeout(limit).is_ok();
    if !in_time {
        processes::kill_tree(id);
    }
    let status = waiter.join().map_err(|_| format!("nobody waited for {}", name(command)))?;
    let status = status.map_err(|error| format!("cannot wait for {}: {error}", name(command)))?;
    Ok(in_time.then_some(status))
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("cannot start {}: {error}", name(command))
}

fn name(command: &Command) -> String {
    PathBuf::from(command.get_program()).display().to_string()
}
