//! Requests and answers: a line of JSON each, at most [`LINE_BYTES`] long, with the protocol's version.
//!
//! ```text
//! {"version":2,"command":"add_user","name":"ada","role":"owner","password":"…"}
//! {"version":2,"answer":"user","name":"ada"}
//! ```

mod jobs;

use std::io;

use chinwag_model::{Role, Standing, UserId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

pub(crate) use self::jobs::{JobPlace, JobsAnswer, JobsCommand, ListedJob, ShownBody, State};

#[cfg(test)]
mod tests;

/// The version spoken here. A change that the other side would misread takes the next one.
const VERSION: u32 = 2;
/// Most bytes in a line, its end included.
pub(super) const LINE_BYTES: usize = 256 * 1_024;

/// What a command asks for. It may hold a password, so it cannot be shown.
#[derive(Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub(crate) enum Command {
    /// Make an account.
    AddUser {
        /// To sign in with.
        name: String,
        /// Its first password.
        password: String,
        /// In the workspace.
        role: Role,
    },
    /// A page of accounts.
    ListUsers {
        /// Where it begins: what the page before named.
        after: Option<Place>,
    },
    /// Set a password and end all sessions of its owner.
    SetPassword {
        /// Whose.
        name: String,
        /// The new one.
        password: String,
    },
    /// Give somebody another role.
    SetRole {
        /// Whose.
        name: String,
        /// The new one.
        role: Role,
    },
    /// Suspend somebody, or lift a suspension or a ban.
    Suspend {
        /// Whom.
        name: String,
        /// Whether they are to be suspended.
        suspended: bool,
    },
    /// Make a link with which somebody sets a new password.
    MakeReset {
        /// Whose.
        name: String,
    },
    /// Take somebody's second factor away.
    TakeSecondFactor {
        /// Whose.
        name: String,
    },
    /// Something about jobs.
    Jobs(JobsCommand),
}

/// A place in the list of accounts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// What the list is ordered by.
    pub(crate) key: String,
    /// Whose place.
    pub(crate) id: UserId,
}

/// What comes back.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub(crate) enum Answer {
    /// Done, to this account.
    User {
        /// As it is shown.
        name: String,
    },
    /// A page of accounts.
    Users {
        /// By name.
        users: Vec<Listed>,
        /// Where the next page begins, if there is one.
        next: Option<Place>,
    },
    /// A link was made.
    Path {
        /// Its path, with a secret in it.
        path: String,
    },
    /// Something about jobs.
    Jobs(JobsAnswer),
    /// Not done, for this reason.
    Refused {
        /// A sentence.
        message: String,
    },
}

/// An account in a list.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Listed {
    /// Never changes.
    pub(crate) id: UserId,
    /// As shown.
    pub(crate) name: String,
    /// In the workspace.
    pub(crate) role: Role,
    /// Whether they may be here.
    pub(crate) standing: Standing,
    /// When it was made, in milliseconds since 1970.
    pub(crate) at: i64,
}

/// What every line has.
#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    version: u32,
    #[serde(flatten)]
    content: T,
}

/// The version alone, which is read first: what else a line of another version has is not known.
#[derive(Deserialize)]
struct JustVersion {
    version: u32,
}

/// Why a line could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    /// The other side is gone, or the system says no.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Not a line of this protocol.
    #[error("it speaks another version of the protocol of the control socket; use the same chinwag for both")]
    Foreign,
    /// Longer than a line may be.
    #[error("a line on the control socket is longer than {LINE_BYTES} bytes")]
    TooLong,
}

/// Reads a line; `None` at the end.
pub(super) async fn read<T: DeserializeOwned>(
    reader: &mut (impl AsyncBufRead + Unpin),
) -> Result<Option<T>, ReadError> {
    let mut line = Vec::new();
    reader.take(LINE_BYTES as u64).read_until(b'\n', &mut line).await?;
    match line.pop() {
        None => return Ok(None),
        Some(b'\n') => {}
        Some(_) if line.len() + 1 == LINE_BYTES => return Err(ReadError::TooLong),
        Some(_) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
    }
    let version = serde_json::from_slice(&line).map(|JustVersion { version }| version);
    if !version.is_ok_and(|version| version == VERSION) {
        return Err(ReadError::Foreign);
    }
    let line: Versioned<T> = serde_json::from_slice(&line).map_err(|_| ReadError::Foreign)?;
    Ok(Some(line.content))
}

/// Writes a line.
pub(super) async fn write<T: Serialize>(
    writer: &mut (impl AsyncWrite + Unpin),
    content: &T,
) -> io::Result<()> {
    let mut line = serde_json::to_vec(&Versioned { version: VERSION, content })?;
    line.push(b'\n');
    if line.len() > LINE_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, ReadError::TooLong.to_string()));
    }
    writer.write_all(&line).await
}
