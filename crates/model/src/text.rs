//! The text of a message.

use serde::Serialize;

use crate::refusal::Refusal;

#[cfg(test)]
mod tests;

/// Most characters (Unicode scalar values) in a message.
pub const MESSAGE_CHARS: usize = 8_000;

/// The text of a message: 1 to [`MESSAGE_CHARS`] characters, at least one of which can be seen. It is kept exactly as it
/// was written; showing it safely is the business of whoever shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct MessageText(String);

impl MessageText {
    /// Checks a text.
    ///
    /// # Errors
    /// [`Refusal::MessageEmpty`] if there is nothing to see in it, [`Refusal::MessageTooLong`], or
    /// [`Refusal::MessageInvalid`] if it contains U+0000, which not every store can keep.
    pub fn parse(text: String) -> Result<Self, Refusal> {
        if text.len() > MESSAGE_CHARS {
            let chars = text.chars().count();
            if chars > MESSAGE_CHARS {
                return Err(Refusal::MessageTooLong { chars });
            }
        }
        if text.contains('\0') {
            return Err(Refusal::MessageInvalid);
        }
        if text.chars().all(invisible) {
            return Err(Refusal::MessageEmpty);
        }
        Ok(Self(text))
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

/// White space and characters without a glyph: a message of these alone is empty.
fn invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}
