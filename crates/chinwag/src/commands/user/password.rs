//! Getting a password from a person or a script.

use std::io::{self, BufRead, IsTerminal, Write, stderr, stdin};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::task::spawn_blocking;

use crate::failure::Failure;

#[cfg(test)]
mod tests;

/// Most bytes that are read of a password: more than any may have.
const BYTES: u64 = 16 * 1_024;
/// The exit code of a command that Ctrl-C ends, by custom.
const INTERRUPTED: i32 = 130;

/// Asks a person at a terminal, twice and without showing what is typed; otherwise takes the first line of standard
/// input.
pub(super) async fn ask(name: &str) -> Result<String, Failure> {
    if !stdin().is_terminal() {
        let read = spawn_blocking(|| first_line(stdin().lock())).await;
        return read.map_err(io::Error::other).and_then(|read| read).map_err(explain);
    }
    let hidden = Hidden::begin().map_err(explain)?;
    let prompts = [format!("Password of {}: ", name.escape_debug()), "The same again: ".to_owned()];
    let typed = spawn_blocking(move || -> io::Result<[String; 2]> {
        let [first, again] = prompts;
        Ok([prompt(&first)?, prompt(&again)?])
    });
    let typed = tokio::select! {
        typed = typed => typed.map_err(io::Error::other).and_then(|typed| typed),
        // Ended by the signal itself, the process would leave the terminal without an echo.
        _ = tokio::signal::ctrl_c() => {
            hidden.end();
            std::process::exit(INTERRUPTED);
        }
    };
    hidden.end();
    let [first, again] = typed.map_err(explain)?;
    if first == again {
        Ok(first)
    } else {
        Err(Failure::new("These were two different passwords; try again."))
    }
}

fn explain(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            Failure::new("No password was given; type it, or write it to standard input.")
        }
        io::ErrorKind::InvalidData => Failure::new("The password is not UTF-8 text; use another one."),
        _ => Failure::new(format!("The password cannot be read: {error}.")),
    }
}

fn prompt(words: &str) -> io::Result<String> {
    let mut screen = stderr().lock();
    screen.write_all(words.as_bytes())?;
    screen.flush()?;
    let line = first_line(stdin().lock());
    // The return key was not shown either.
    screen.write_all(b"\n")?;
    line
}

/// The first line without its end.
fn first_line(input: impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    input.take(BYTES).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let text = String::from_utf8(line).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

/// A terminal that does not show what is typed.
struct Hidden(Termios);

impl Hidden {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(stdin())?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(stdin(), OptionalActions::Flush, &hidden)?;
        Ok(Self(before))
    }

    fn end(self) {
        if let Err(error) = tcsetattr(stdin(), OptionalActions::Now, &self.0) {
            eprintln!(
                "chinwag: the terminal does not show what is typed ({error}); `stty echo` changes that."
            );
        }
    }
}
