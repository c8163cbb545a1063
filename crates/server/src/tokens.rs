//! Tokens: 256 random bits, of which the store only ever sees a hash, and what else somebody may show to be known by.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chinwag_model::SessionKey;
use chinwag_model::token::{ACCESS_PREFIX, Presented, SECRET_CHARS};
use sha2::{Digest, Sha256};

#[cfg(test)]
mod tests;

/// A random token: a session's, an access token, or what a link ends in. It is never logged.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    /// How many characters one has that is no access token.
    pub(crate) const CHARS: usize = SECRET_CHARS;

    /// A fresh one.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// A fresh access token.
    pub(crate) fn random_access() -> Result<Self, getrandom::Error> {
        let Self(secret) = Self::random()?;
        Ok(Self(format!("{ACCESS_PREFIX}{secret}")))
    }

    /// Takes what a client sent as a token that is no access token. `None` if it cannot be one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match Presented::parse(text) {
            Some(Presented::Session(text)) => Some(Self(text.to_owned())),
            _ => None,
        }
    }

    /// What the session, the access token or the link is known by.
    pub(crate) fn key(&self) -> SessionKey {
        SessionKey(Sha256::digest(self.0.as_bytes()).into())
    }

    /// The token itself, to be given to its owner.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What somebody shows to be known by.
#[derive(Clone)]
pub(crate) enum Credential {
    /// A session's token.
    Session(Token),
    /// An access token.
    Access(Token),
    /// A short-lived token, as it came: nothing of it is believed yet.
    Short(String),
}

impl Credential {
    /// Takes what a client sent. `None` if it cannot be a token.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match Presented::parse(text)? {
            Presented::Session(text) => Self::Session(Token(text.to_owned())),
            Presented::Access(text) => Self::Access(Token(text.to_owned())),
            Presented::Short(text) => Self::Short(text.to_owned()),
        })
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Session(_) => "Session(…)",
            Self::Access(_) => "Access(…)",
            Self::Short(_) => "Short(…)",
        })
    }
}
