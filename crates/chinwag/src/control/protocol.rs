//! Requests and answers: a line of JSON each, at most [`LINE_BYTES`] long, with the protocol's version.
//!
//! ```text
//! {"version":1,"command":"add_user","name":"ada","administrator":true,"password":"…"}
//! {"version":1,"answer":"user","name":"ada"}
//! ```

use std::io;

use chinwag_model::{Role, UserId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

#[cfg(test)]
mod tests;

/// The version spoken here. A change that the other side would misread takes the next one.
const VERSION: u32 = 1;
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
        /// Whether it is to keep order.
        administrator: bool,
    },
    /// A page of accounts.
    ListUsers {
        /// The last one of the page before.
        after: Option<UserId>,
    },
    /// Set a password and end all sessions of its owner.
    SetPassword {
        /// Whose.
        name: String,
        /// The new one.
        password: String,
    },
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
        /// In the order of their ids.
        users: Vec<Listed>,
        /// Whether there may be another page.
        more: bool,
    },
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
