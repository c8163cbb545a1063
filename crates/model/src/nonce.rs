//! Nonces: a client's own name for a command, so that a retry can be told from a new one.

use crate::refusal::Refusal;

/// Most characters in a nonce.
pub const NONCE_CHARS: usize = 64;

/// A client's own name for one command: 1 to [`NONCE_CHARS`] visible ASCII characters, unique per author and room.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Nonce(String);

impl Nonce {
    /// Checks a nonce.
    ///
    /// # Errors
    /// [`Refusal::NonceInvalid`] if it is empty, too long, or has other than visible ASCII characters.
    pub fn parse(text: String) -> Result<Self, Refusal> {
        let fits = (1..=NONCE_CHARS).contains(&text.len());
        if fits && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(text))
        } else {
            Err(Refusal::NonceInvalid)
        }
    }

    /// The nonce.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
