//! Session tokens: 256 random bits, of which the store only ever sees a hash.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chinwag_model::SessionKey;
use sha2::{Digest, Sha256};

#[cfg(test)]
mod tests;

/// A token. Whoever has it is signed in; it is never logged.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    /// How many characters one has.
    pub(crate) const CHARS: usize = 43;

    /// A fresh one.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Takes what a client sent. `None` if it cannot be a token.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let plausible = text.len() == Self::CHARS
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        plausible.then(|| Self(text.to_owned()))
    }

    /// What the session is known by.
    pub(crate) fn key(&self) -> SessionKey {
        SessionKey(Sha256::digest(self.0.as_bytes()).into())
    }

    /// The token itself, to be given to its owner.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}
