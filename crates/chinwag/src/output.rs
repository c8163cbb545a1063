//! Standard output, which may be closed or full without that being anybody's fault here.

use std::io::{ErrorKind, Write, stdout};

use crate::failure::Failure;

/// Prints what a command was asked for.
///
/// # Errors
/// It cannot be written. A reader that has read enough is none.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut output = stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("Standard output cannot be written to: {error}.")))
        }
        _ => Ok(()),
    }
}

/// Tells something that matters to whoever looks, at once, and goes on if nobody does.
pub(crate) fn tell(line: &str) {
    let mut output = stdout().lock();
    if let Err(error) = writeln!(output, "{line}").and_then(|()| output.flush()) {
        tracing::debug!(%error, "standard output cannot be written to");
    }
}

/// A text on one line and without what terminals act on: it may quote anything.
pub(crate) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words
        .join(" ")
        .chars()
        .map(|character| if character.is_control() { '\u{fffd}' } else { character })
        .collect()
}
