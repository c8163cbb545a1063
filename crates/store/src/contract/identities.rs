//! Accounts at other services by which somebody signs in.

use async_trait::async_trait;
use chinwag_model::{Millis, SessionKey, UserId};

use super::{Confirmation, Credentials};
use crate::Result;

/// Most that somebody has.
pub const IDENTITIES_PER_USER: usize = 20;

/// An account at another service, to be linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIdentity {
    /// The service, for ever: its issuer.
    pub issuer: String,
    /// Who they are there, for ever.
    pub subject: String,
    /// What they are called there now, for them to recognise.
    pub name: String,
}

/// An account at another service that is linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Which.
    pub of: NewIdentity,
    /// Since when.
    pub at: Millis,
}

/// Accounts at other services.
#[async_trait]
pub trait Identities {
    /// Whose account this one at another service is linked to.
    async fn credentials_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<Credentials>>;

    /// Those that are linked to somebody's account, the oldest first.
    async fn identities(&self, user: UserId) -> Result<Vec<Identity>>;

    /// Links one to the account of whoever has this session.
    ///
    /// # Errors
    /// `identity_taken` if it is linked to another's account, `too_many_identities`, `forbidden`.
    /// `None`: the session has ended.
    async fn link_identity(
        &self,
        user: UserId,
        session: SessionKey,
        identity: NewIdentity,
    ) -> Result<Option<()>>;

    /// Takes one from one's own account; does nothing if it is not linked. `None`: what they have shown is not so any more.
    ///
    /// # Errors
    /// `last_way_in` if nothing else would let its owner in, `forbidden`.
    async fn unlink_identity(
        &self,
        user: UserId,
        confirmation: Confirmation,
        issuer: String,
        subject: String,
    ) -> Result<Option<()>>;
}
