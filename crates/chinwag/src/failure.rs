//! How the program ends when it cannot do what it was asked to.

use std::process::ExitCode;

use crate::output::one_line;

/// Why it ends, in sentences for people.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was called or configured wrongly; each fault a sentence.
    Usage(Vec<String>),
    /// It cannot go on.
    Run(String),
}

impl Failure {
    /// A failure to go on.
    pub(crate) fn new(reason: impl ToString) -> Self {
        Self::Run(reason.to_string())
    }

    /// Says why, a line for each reason, and gives the exit code.
    pub(crate) fn tell(&self) -> ExitCode {
        match self {
            Self::Usage(faults) => {
                for fault in faults {
                    eprintln!("chinwag: {}", one_line(fault));
                }
                ExitCode::from(2)
            }
            Self::Run(reason) => {
                eprintln!("chinwag: {}", one_line(reason));
                ExitCode::FAILURE
            }
        }
    }
}
