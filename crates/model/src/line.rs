//! Short texts in one line: what somebody says about themselves, what an invitation is for, why somebody is suspended.

use crate::refusal::Refusal;

#[cfg(test)]
mod tests;

/// Most characters (Unicode scalar values) in a status.
pub const STATUS_CHARS: usize = 80;
/// Most characters (Unicode scalar values) in the note of an invitation.
pub const NOTE_CHARS: usize = 80;
/// Most characters (Unicode scalar values) in the name of an access token.
pub const TOKEN_NAME_CHARS: usize = 80;
/// Most characters (Unicode scalar values) in the reason of a decision.
pub const REASON_CHARS: usize = 200;

/// A text in one line, possibly empty: white space put in order, nothing that cannot be seen or turns the direction of
/// what stands beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(String);

impl Line {
    /// What somebody says about themselves.
    ///
    /// # Errors
    /// [`Refusal::LineInvalid`].
    pub fn status(text: &str) -> Result<Self, Refusal> {
        Self::parse(text, "A status", STATUS_CHARS)
    }

    /// What an invitation is for.
    ///
    /// # Errors
    /// [`Refusal::LineInvalid`].
    pub fn note(text: &str) -> Result<Self, Refusal> {
        Self::parse(text, "A note", NOTE_CHARS)
    }

    /// What an access token is for.
    ///
    /// # Errors
    /// [`Refusal::LineInvalid`].
    pub fn token_name(text: &str) -> Result<Self, Refusal> {
        Self::parse(text, "The name of a token", TOKEN_NAME_CHARS)
    }

    /// Why something was decided.
    ///
    /// # Errors
    /// [`Refusal::LineInvalid`].
    pub fn reason(text: &str) -> Result<Self, Refusal> {
        Self::parse(text, "A reason", REASON_CHARS)
    }

    fn parse(text: &str, what: &'static str, max: usize) -> Result<Self, Refusal> {
        let refusal = Refusal::LineInvalid { what, max };
        if text.len() > max * 4 * 2 {
            return Err(refusal);
        }
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() > max || line.chars().any(unseen) {
            return Err(refusal);
        }
        Ok(Self(line))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, given away.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Control characters, and those that change the direction of what comes after. What joins emoji may stay.
fn unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061C}' | '\u{200E}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{206F}' | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFF}')
}
