//! An error with what the log is told of it.

use crate::error::ProviderError;

#[cfg(test)]
mod tests;

/// Most characters of what a provider wrote, in the log.
const SAID_CHARS: usize = 300;

/// An error, and why: for the log, never for people.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) error: ProviderError,
    pub(crate) detail: String,
}

impl Failure {
    pub(crate) fn new(error: ProviderError, detail: impl Into<String>) -> Self {
        Self { error, detail: detail.into() }
    }

    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(ProviderError::Unavailable, detail)
    }

    pub(crate) fn token_invalid(detail: impl Into<String>) -> Self {
        Self::new(ProviderError::TokenInvalid, detail)
    }

    /// Tells the log, and leaves what people may know. `provider` is its name in the configuration.
    pub(crate) fn told(self, provider: &str) -> ProviderError {
        let (code, detail) = (self.error.code(), self.detail);
        if self.error.is_for_operators() {
            tracing::warn!(provider, code, detail, "somebody could not sign in by a provider");
        } else {
            tracing::info!(provider, code, detail, "somebody could not sign in by a provider");
        }
        self.error
    }
}

/// What a provider wrote as it may stand in the log: in one line, without control characters and what turns the direction of
/// writing, and cut.
pub(crate) fn said(text: &str) -> String {
    let shown = |c: char| match c {
        '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' => ' ',
        c if c.is_control() => ' ',
        c => c,
    };
    let mut characters = text.chars().map(shown);
    let mut said: String = characters.by_ref().take(SAID_CHARS).collect();
    if characters.next().is_some() {
        said.push('…');
    }
    said
}
