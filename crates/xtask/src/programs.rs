//! The one list of programs that tests start and of Debian packages that they come from (`programs.json`).
//!
//! Tests start other programs only through [`command`], so that a program that nobody put on the list fails at once on
//! the machine of who wrote the test, and not later on a machine where it happens to be missing. The Node tests read
//! the same file.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

#[cfg(test)]
mod tests;

const LIST: &str = include_str!("../programs.json");

/// A program that tests may start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// What tests call it.
    pub name: String,
    /// Where Debian puts it.
    pub path: PathBuf,
    /// The Debian package that brings it.
    pub package: String,
}

/// Why a program cannot be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not on the list.
    NotListed(String),
    /// It is on the list, but not on this machine.
    Missing(Program),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotListed(name) => {
                write!(f, "tests start \"{name}\", which is not in crates/xtask/programs.json: list it there")
            }
            Self::Missing(program) => write!(
                f,
                "{} is missing: install the Debian package {} (`cargo xtask test` does so as root)",
                program.path.display(),
                program.package
            ),
        }
    }
}

impl std::error::Error for Refusal {}

/// All listed programs, by name.
#[must_use]
pub fn programs() -> Vec<Program> {
    entries("programs")
        .into_iter()
        .map(|(name, entry)| Program {
            path: PathBuf::from(entry.get("path").and_then(Value::as_str).unwrap_or_default()),
            package: entry.get("package").and_then(Value::as_str).unwrap_or_default().to_owned(),
            name,
        })
        .collect()
}

/// The Debian packages that tests need, each once, by name.
#[must_use]
pub fn packages() -> Vec<String> {
    let mut packages: BTreeSet<String> = programs().into_iter().map(|program| program.package).collect();
    packages.extend(["servers", "libraries", "fonts"].into_iter().flat_map(entries).map(|(name, _)| name));
    packages.into_iter().collect()
}

/// The listed program of that name.
///
/// # Errors
/// [`Refusal`] if it is not listed or not installed.
pub fn find(name: &str) -> Result<Program, Refusal> {
    let program = programs()
        .into_iter()
        .find(|program| program.name == name)
        .ok_or_else(|| Refusal::NotListed(name.to_owned()))?;
    if program.path.is_file() { Ok(program) } else { Err(Refusal::Missing(program)) }
}

/// A command that starts the listed program of that name.
///
/// # Errors
/// [`Refusal`] if it is not listed or not installed.
pub fn command(name: &str) -> Result<Command, Refusal> {
    find(name).map(|program| Command::new(program.path))
}

fn entries(section: &str) -> Vec<(String, Value)> {
    let list: Value = serde_json::from_str(LIST).unwrap_or_default();
    let Some(Value::Object(section)) = list.get(section) else { return Vec::new() };
    section.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}
