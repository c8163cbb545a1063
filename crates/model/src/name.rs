//! Names of users and rooms.
//!
//! A name is shown as it was written, after NFKC and with white space put in order. Two names are the same if they look
//! alike: their *looks* are compared, which are skeletons (Unicode Technical Standard 39, section 4) after NFKC and case
//! folding, so that nobody can pass for `paul` as `Paul`, `ｐａｕｌ` or `раul` with Cyrillic letters. Folding alone would let
//! `PauI` through, whose capital I looks like an l, so each name has a second look, taken before folding.

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

use crate::refusal::Refusal;

#[cfg(test)]
mod tests;

/// Most characters (Unicode scalar values) in a user's name.
pub const USER_NAME_CHARS: usize = 40;
/// Most characters (Unicode scalar values) in a room's name.
pub const ROOM_NAME_CHARS: usize = 60;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $max:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(into = "String")]
        pub struct $name(Name);

        impl $name {
            /// Checks a name and puts it in order.
            ///
            /// # Errors
            /// [`Refusal::NameInvalid`] with what is wrong: empty, too long, or a character that is not allowed.
            pub fn parse(written: &str) -> Result<Self, Refusal> {
                Name::parse(written, $max).map(Self)
            }

            /// The name as it is shown.
            pub fn as_str(&self) -> &str {
                &self.0.shown
            }

            /// The keys under which names that look alike are the same: two names clash if they share one. Both may
            /// be equal.
            pub fn looks(&self) -> &[String; 2] {
                &self.0.looks
            }

            /// The key by which names are sorted: case does not matter.
            pub fn sort_key(&self) -> String {
                fold(&self.0.shown)
            }

            /// What the name is found by, if one of these begins with what is [searched for](search_key): the whole of it,
            /// and the rest of it from each of its words on.
            pub fn search_keys(&self) -> Vec<String> {
                let whole = self.sort_key();
                let words = whole.match_indices(' ').map(|(space, _)| space + 1);
                let starts = std::iter::once(0).chain(words);
                starts.filter_map(|start| whole.get(start..).map(str::to_owned)).collect()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.shown
            }
        }
    };
}

name!(
    /// A user's name: 1 to [`USER_NAME_CHARS`] characters.
    UserName,
    USER_NAME_CHARS
);
name!(
    /// A room's name: 1 to [`ROOM_NAME_CHARS`] characters.
    RoomName,
    ROOM_NAME_CHARS
);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    shown: String,
    looks: [String; 2],
}

impl Name {
    fn parse(written: &str, max: usize) -> Result<Self, Refusal> {
        // Each scalar value has at most 18 after NFKC: what is far too long is not even normalised.
        if written.len() > max * 4 * 4 {
            return Err(too_long(max));
        }
        let normal: String = written.nfkc().collect();
        if let Some(bad) = normal.chars().find(|&c| forbidden(c)) {
            return Err(Refusal::NameInvalid(format!(
                "A name cannot contain the character {}; use letters, digits, spaces and ordinary punctuation.",
                describe(bad)
            )));
        }
        let shown = normal.split_whitespace().collect::<Vec<_>>().join(" ");
        if shown.is_empty() {
            return Err(Refusal::NameInvalid(format!(
                "A name has 1 to {max} characters; this one is empty."
            )));
        }
        if shown.chars().count() > max {
            return Err(too_long(max));
        }
        if !shown.chars().any(char::is_alphanumeric) {
            return Err(Refusal::NameInvalid("A name needs at least one letter or digit.".into()));
        }
        let looks = [look(shown.clone()), look(skeleton(&shown).collect())];
        Ok(Self { shown, looks })
    }
}

fn too_long(max: usize) -> Refusal {
    Refusal::NameInvalid(format!("A name has 1 to {max} characters; this one has more."))
}

/// Folding may undo normalisation and the skeleton may bring back capitals (`0` and `O` look alike), so both are done
/// until nothing changes.
fn look(mut key: String) -> String {
    for _ in 0..4 {
        let next: String = skeleton(&fold(&key)).filter(|c| !c.is_whitespace()).collect();
        if next == key {
            break;
        }
        key = next;
    }
    key
}

/// Case folding by way of upper case, which also joins `ß` with `SS` and `ς` with `σ`.
fn fold(text: &str) -> String {
    text.nfkc().collect::<String>().to_uppercase().to_lowercase().nfkc().collect()
}

/// What names are looked for by: with the case put away like theirs, and white space put in order.
pub fn search_key(text: &str) -> String {
    // Longer than any name is as good as not found.
    let text = text.chars().take(2 * ROOM_NAME_CHARS);
    // No name has one of these, and PostgreSQL takes no text with U+0000.
    let text: String = text.map(|c| if c.is_control() { ' ' } else { c }).collect();
    fold(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Control, invisible, direction-changing, unassigned-like and path characters. White space is put in order elsewhere.
fn forbidden(c: char) -> bool {
    if c == ' ' {
        return false;
    }
    c.is_control()
        || matches!(c,
            '/' | '\\' | '<' | '>' | '"' | ':' | '|' | '?' | '*' | '`'
            | '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFF}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
            | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}')
}

/// Names a character so that the sentence can be read even if the character cannot be seen.
fn describe(c: char) -> String {
    if c.is_ascii_graphic() { format!("{c:?}") } else { format!("U+{:04X}", u32::from(c)) }
}
