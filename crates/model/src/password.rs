//! Passwords as people type them.

use crate::refusal::Refusal;

#[cfg(test)]
mod tests;

/// Fewest characters (Unicode scalar values) in a password.
pub const PASSWORD_MIN_CHARS: usize = 10;
/// Most characters (Unicode scalar values) in a password: what is longer only costs time to hash.
pub const PASSWORD_MAX_CHARS: usize = 1_000;

/// So many are tried first: those of the list of common passwords that zxcvbn has, and what is as easily guessed, such as
/// rows of keys and repetitions.
const COMMON: u64 = 10_000;
/// None of them is longer, in characters; looking takes the longer the longer it is.
const COMMON_MAX_CHARS: usize = 20;

/// A password that may be hashed. It is never shown, not even by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Takes a new password. Any Unicode is allowed and nothing is taken away. It should not be a
    /// [common one](Self::is_common) either.
    ///
    /// # Errors
    /// [`Refusal::PasswordTooShort`] or [`Refusal::PasswordTooLong`].
    pub fn parse_new(text: String) -> Result<Self, Refusal> {
        if text.chars().count() < PASSWORD_MIN_CHARS {
            return Err(Refusal::PasswordTooShort);
        }
        Self::parse(text)
    }

    /// Whether it is among the ten thousand that are tried first. Takes up to some tens of milliseconds, so ask it where the
    /// password is hashed.
    pub fn is_common(&self) -> bool {
        // The first guess counts as the second one there. Capitals make it hardly better.
        self.0.chars().count() <= COMMON_MAX_CHARS
            && zxcvbn::zxcvbn(&self.0.to_lowercase(), &[]).guesses() <= COMMON + 1
    }

    /// Takes a password that is to be compared with the stored one.
    ///
    /// # Errors
    /// [`Refusal::PasswordTooLong`].
    pub fn parse(text: String) -> Result<Self, Refusal> {
        if text.len() > PASSWORD_MAX_CHARS * 4 || text.chars().count() > PASSWORD_MAX_CHARS {
            return Err(Refusal::PasswordTooLong);
        }
        Ok(Self(text))
    }

    /// The password's bytes, for hashing.
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}
