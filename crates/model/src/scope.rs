//! What an access token may be used for.

use std::fmt;

use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// A part of what its owner may do. A token never may more than they may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// See and hear everything that they may.
    Read,
    /// Post, edit and delete messages, and use slash commands.
    Post,
    /// Make rooms, come into them and leave them, and decide about them and who is in them.
    Rooms,
    /// Change their name, status and picture.
    Profile,
    /// Keep order among people, and decide about the workspace.
    Administration,
}

impl Scope {
    /// All that there are.
    pub const ALL: [Self; 5] = [Self::Read, Self::Post, Self::Rooms, Self::Profile, Self::Administration];

    /// Its word, as clients give it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Post => "post",
            Self::Rooms => "rooms",
            Self::Profile => "profile",
            Self::Administration => "administration",
        }
    }

    /// What it lets a token do, for people.
    pub const fn explained(self) -> &'static str {
        match self {
            Self::Read => "See and hear everything that you may",
            Self::Post => "Post, edit and delete messages, and use slash commands",
            Self::Rooms => "Make rooms, come and go, and decide about rooms",
            Self::Profile => "Change your name, status and picture",
            Self::Administration => "Decide about people and the workspace, as far as you may",
        }
    }

    /// The scope with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }

    const fn bit(self) -> u32 {
        match self {
            Self::Read => 1,
            Self::Post => 1 << 1,
            Self::Rooms => 1 << 2,
            Self::Profile => 1 << 3,
            Self::Administration => 1 << 4,
        }
    }
}

/// Some scopes, or none.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<&'static str>")]
pub struct Scopes(u32);

impl Scopes {
    /// Those whose bits are set, as [`bits`](Self::bits) gives them. Bits of scopes that are not known here are left out.
    pub fn from_bits(bits: u32) -> Self {
        Scope::ALL.into_iter().filter(|scope| bits & scope.bit() != 0).collect()
    }

    /// All that there are.
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// Those whose words stand in a text, with spaces between them. Words of scopes that are not known here are left out.
    pub fn of_words(text: &str) -> Self {
        text.split(' ').filter_map(Scope::parse).collect()
    }

    /// A bit for each.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether this one is among them.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Those that are in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// One that is here and not among those others.
    pub fn first_beyond(self, others: Self) -> Option<Scope> {
        self.iter().find(|scope| !others.contains(*scope))
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl fmt::Display for Scopes {
    /// Their words, with spaces between them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scopes({self})")
    }
}

impl From<Scopes> for Vec<&'static str> {
    fn from(scopes: Scopes) -> Self {
        scopes.iter().map(Scope::as_str).collect()
    }
}

impl TryFrom<Vec<String>> for Scopes {
    type Error = String;

    fn try_from(words: Vec<String>) -> Result<Self, Self::Error> {
        let known = Scope::ALL.map(Scope::as_str).join(", ");
        words.iter().map(|word| Scope::parse(word).ok_or_else(|| format!("scopes are {known}"))).collect()
    }
}
