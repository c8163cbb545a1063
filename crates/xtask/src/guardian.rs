//! Who ends a private server when the process that started it is done with it or has died.
//!
//! That process may be killed, and then has no chance to tidy up; the kernel could kill the server with it, but not
//! remove its folder, and would do so already when the thread ends that started the server. So a small shell script
//! waits for the end of a pipe from that process. It has a session of its own and is nobody's child, so that neither
//! Ctrl-C nor who kills the process with all its descendants ends it, too.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use crate::processes;
use crate::programs;

const SCRIPT: &str = include_str!("guardian.sh");

/// The script, which tidies up when this goes.
#[derive(Debug)]
pub(crate) struct Guardian {
    /// Nothing is ever written to it. Its end is what the script waits for.
    input: Option<ChildStdin>,
    /// Its end is that of the script.
    output: BufReader<ChildStdout>,
}

impl Guardian {
    /// Has the server in `folder`, which is to be started there as its working directory, watched by a script that
    /// `prepare` makes run as the same account.
    pub(crate) fn start(folder: &Path, prepare: impl FnOnce(&mut Command)) -> Result<Self, String> {
        let failed = |reason: String| format!("cannot watch over {}: {reason}", folder.display());
        let mut command = programs::command("setsid").map_err(|refusal| failed(refusal.to_string()))?;
        let shell = programs::find("sh").map_err(|refusal| failed(refusal.to_string()))?;
        processes::prepare(&mut command);
        prepare(&mut command);
        command.arg("--fork").arg(shell.path).args(["-c", SCRIPT, "guardian"]).arg(folder);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let input = child.stdin.take();
        let mut output =
            child.stdout.take().map(BufReader::new).ok_or_else(|| failed("no pipe".to_owned()))?;
        // It goes once the script is nobody's child any more.
        let status = child.wait().map_err(|error| failed(error.to_string()))?;
        let mut line = String::new();
        output.read_line(&mut line).map_err(|error| failed(error.to_string()))?;
        if line == "watching\n" {
            Ok(Self { input, output })
        } else {
            Err(failed(format!("setsid ended with {status}")))
        }
    }

    /// Ends the server and removes its folder.
    pub(crate) fn finish(&mut self) {
        drop(self.input.take());
        // It says nothing more. If it cannot be waited for, it does its work nonetheless.
        let _ = self.output.read_to_end(&mut Vec::new());
    }
}
