//! A second factor: an app that shows codes (RFC 6238), and codes for whoever has lost it.

use async_trait::async_trait;
use chinwag_model::{Millis, UserId};

use super::{Changed, Confirmation, SecondProof};
use crate::Result;

/// What an app and the server make the same codes from.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthenticatorSecret(pub Vec<u8>);

impl std::fmt::Debug for AuthenticatorSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuthenticatorSecret(…)")
    }
}

/// A second factor to be set up.
#[derive(Clone, Debug)]
pub struct NewSecondFactor {
    /// What the app has.
    pub secret: AuthenticatorSecret,
    /// The step of time of the code that has shown that the app has it, which is used up by that.
    pub step: u64,
    /// Hashes of the codes for whoever loses it.
    pub recovery_codes: Vec<Vec<u8>>,
}

/// A second factor, as its owner is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    /// When it was set up.
    pub at: Millis,
    /// How many codes for whoever loses it have not been used.
    pub recovery_codes: usize,
}

/// Second factors. Nobody has more than one app.
#[async_trait]
pub trait SecondFactors {
    /// Somebody's second factor, if they have one.
    async fn second_factor(&self, user: UserId) -> Result<Option<SecondFactor>>;

    /// What codes of their app are checked with, if they have one.
    async fn authenticator(&self, user: UserId) -> Result<Option<AuthenticatorSecret>>;

    /// Sets a second factor up. `None`: what they have shown is not so any more.
    ///
    /// # Errors
    /// `second_factor_exists`, `forbidden`.
    async fn set_second_factor(
        &self,
        user: UserId,
        confirmation: Confirmation,
        new: NewSecondFactor,
    ) -> Result<Option<Changed>>;

    /// Replaces the codes for whoever loses their app. Says whether what they have shown is so.
    ///
    /// # Errors
    /// `forbidden`.
    async fn renew_recovery_codes(
        &self,
        user: UserId,
        confirmation: Confirmation,
        second: SecondProof,
        recovery_codes: Vec<Vec<u8>>,
    ) -> Result<bool>;

    /// Removes one's own second factor. `None`: what they have shown is not so any more.
    ///
    /// # Errors
    /// `forbidden`.
    async fn remove_second_factor(
        &self,
        user: UserId,
        confirmation: Confirmation,
        second: SecondProof,
    ) -> Result<Option<Changed>>;

    /// Takes somebody's second factor away, who has lost it, and ends all of their sessions; does nothing if they have none.
    /// `by` is who does it; nobody if it is an operator at the command line.
    ///
    /// # Errors
    /// `forbidden`, `user_unknown`.
    async fn take_second_factor(&self, by: Option<UserId>, user: UserId) -> Result<Changed>;
}
