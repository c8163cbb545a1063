//! Identifiers: random, unguessable, and of two kinds that are never mixed up.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Serialize, Serializer};

/// Length of an identifier as text: 16 bytes in base64 without padding.
pub(crate) const TEXT: usize = 22;

/// The public identifier of a [`Socket`](crate::Socket): 128 random bits, written as 22 characters of URL-safe
/// base64.
///
/// It may be shown to other clients. It is not the Engine.IO session id, which is a credential of the polling
/// transport, and it differs from namespace to namespace on the same connection.
///
/// ```
/// use chinwag_socketio::{InvalidId, SocketId};
///
/// let id: SocketId = "AbCdEfGhIjKlMnOpQrStUQ".parse()?;
/// assert_eq!(id.to_string(), "AbCdEfGhIjKlMnOpQrStUQ");
/// assert_eq!("lobby".parse::<SocketId>(), Err(InvalidId));
/// # Ok::<_, InvalidId>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(u128);

/// The Engine.IO session id: whoever knows it can read and write the session over polling. Never shown to others.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SessionId(u128);

/// The private identifier by which a client finds its socket again ([`Recovery`](crate::Recovery)): whoever knows it can
/// take its place. Never shown to others.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RecoveryId(u128);

/// A text that is not an identifier of ours.
///
/// ```
/// use chinwag_socketio::{InvalidId, SocketId};
///
/// assert_eq!("too short".parse::<SocketId>(), Err(InvalidId));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a socket id")]
pub struct InvalidId;

/// 128 bits from the operating system.
///
/// # Errors
/// The system has no randomness to give.
fn random() -> Result<u128, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(u128::from_be_bytes(bytes))
}

/// Reads 16 bytes.
pub(crate) fn parse(text: &str) -> Option<u128> {
    let mut bytes = [0; 16];
    let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    (length == bytes.len() && text.len() == TEXT).then(|| u128::from_be_bytes(bytes))
}

/// Writes 16 bytes.
pub(crate) fn write(value: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = [0; TEXT];
    let length = URL_SAFE_NO_PAD.encode_slice(value.to_be_bytes(), &mut text).map_err(|_| fmt::Error)?;
    f.write_str(text.get(..length).and_then(|text| std::str::from_utf8(text).ok()).ok_or(fmt::Error)?)
}

impl SocketId {
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        random().map(Self)
    }
}

impl SessionId {
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        random().map(Self)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        parse(text).map(Self)
    }
}

impl RecoveryId {
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        random().map(Self)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        parse(text).map(Self)
    }
}

impl fmt::Display for RecoveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.0, f)
    }
}

impl FromStr for SocketId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        parse(text).map(Self).ok_or(InvalidId)
    }
}

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.0, f)
    }
}

impl fmt::Debug for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.0, f)
    }
}

impl Serialize for SocketId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.0, f)
    }
}

#[cfg(test)]
mod tests;
