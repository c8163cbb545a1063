//! Passwords as people type them.

use crate::refusal::Refusal;

/// Fewest characters (Unicode scalar values) in a password.
pub const PASSWORD_MIN_CHARS: usize = 10;
/// Most characters (Unicode scalar values) in a password: what is longer only costs time to hash.
pub const PASSWORD_MAX_CHARS: usize = 1_000;

/// A password that may be hashed. It is never shown, not even by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Checks a new password. Any Unicode is allowed and nothing is taken away.
    ///
    /// # Errors
    /// [`Refusal::PasswordTooShort`] or [`Refusal::PasswordTooLong`].
    pub fn parse_new(text: String) -> Result<Self, Refusal> {
        if text.chars().count() < PASSWORD_MIN_CHARS {
            return Err(Refusal::PasswordTooShort);
        }
        Self::parse(text)
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
