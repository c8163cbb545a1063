//! The first administrator: made by whoever can read the start-up log, not by whoever comes first.

use std::sync::{Mutex, PoisonError};

use chinwag_model::SessionKey;

use crate::tokens::Token;

/// The link's secret, as long as it is good.
#[derive(Default)]
pub(crate) struct FirstAdministrator(Mutex<Option<SessionKey>>);

impl FirstAdministrator {
    /// Makes a link good; answers its secret. An older one is no longer good.
    pub(crate) fn open(&self) -> Result<Token, getrandom::Error> {
        let token = Token::random()?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.key());
        Ok(token)
    }

    /// Whether this is the secret. Only hashes are compared, so how long it takes tells nothing.
    pub(crate) fn is_open_for(&self, secret: &str) -> bool {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Token::parse(secret).is_some_and(|token| known == Some(token.key()))
    }

    /// The link has been used.
    pub(crate) fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
