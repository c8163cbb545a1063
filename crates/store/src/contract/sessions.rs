//! Sessions.

use async_trait::async_trait;
use chinwag_model::{Millis, Scopes, SessionId, SessionKey, User, UserId};
use serde::{Deserialize, Serialize};

use super::{AuthenticatorSecret, Changed};
use crate::Result;

/// Most sessions that somebody has at once: one more ends the one that was used longest ago.
pub const SESSIONS_PER_USER: usize = 100;

/// A session to be begun.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// What it will be known by.
    pub key: SessionKey,
    /// When it ends unless it is used.
    pub expires_at: Millis,
    /// When it ends in any case.
    pub ends_at: Millis,
    /// What it is used with, for its owner to recognise.
    pub device: String,
    /// Where it is used from, likewise.
    pub address: String,
}

/// What somebody has shown to be let into an account. It must still be so when their session begins.
#[derive(Clone, Debug)]
pub struct Proof {
    /// What shows who they are.
    pub first: FirstProof,
    /// What they have shown besides; needed where the account has a second factor.
    pub second: Option<SecondProof>,
}

impl Proof {
    /// The password with this hash, and nothing else.
    pub fn password(verified: impl Into<String>) -> Self {
        Self { first: FirstProof::Password { verified: verified.into(), fresh: None }, second: None }
    }
}

/// What shows who somebody is. It can be kept for as long as they take for the second part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FirstProof {
    /// A password.
    Password {
        /// Its hash.
        verified: String,
        /// Another hash of the same password, which replaces it.
        fresh: Option<String>,
    },
    /// An account at another service.
    Identity {
        /// The service.
        issuer: String,
        /// Who they are there.
        subject: String,
        /// What they are called there now, which is noted.
        name: String,
    },
}

/// What somebody shows besides.
#[derive(Clone, Debug)]
pub enum SecondProof {
    /// A code of the app that shows codes.
    Code {
        /// By which secret.
        secret: AuthenticatorSecret,
        /// Of which step of time.
        step: u64,
    },
    /// One of the codes for whoever has lost it, by its hash.
    RecoveryCode(Vec<u8>),
}

/// A session that has not ended.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whose it is.
    pub user: User,
    /// Whether they have a second factor.
    pub has_second_factor: bool,
    /// What it may be used for if it is an access token's.
    pub scopes: Option<Scopes>,
    /// When it began.
    pub at: Millis,
    /// When it ends unless it is used.
    pub expires_at: Millis,
    /// When it ends in any case.
    pub ends_at: Millis,
    /// When it was last used, as far as it was noted.
    pub used_at: Millis,
}

/// That a session was used.
#[derive(Clone, Debug)]
pub struct Use {
    /// Which.
    pub key: SessionKey,
    /// When it ends now unless it is used again.
    pub expires_at: Millis,
    /// What it was used with.
    pub device: String,
    /// Where it was used from.
    pub address: String,
}

/// A session in its owner's list.
#[derive(Clone, Debug)]
pub struct ListedSession {
    /// Names it.
    pub id: SessionId,
    /// When it began.
    pub at: Millis,
    /// When it was last used, as far as it was noted.
    pub used_at: Millis,
    /// When it ends, used or not.
    pub ends_at: Millis,
    /// What it was used with last.
    pub device: String,
    /// Where it was used from last.
    pub address: String,
}

/// Which of somebody's sessions; access tokens are not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// This one.
    One(SessionId),
    /// All but this one.
    AllBut(SessionKey),
}

/// What became of sessions.
#[derive(Clone, Debug, Default)]
pub struct SessionNews {
    /// They go on, and what was known of them may not be so any more.
    pub stale: Vec<SessionKey>,
    /// They have ended.
    pub ended: Vec<SessionKey>,
    /// There is more: this was as much as is told at once.
    pub more: bool,
}

/// Sessions.
#[async_trait]
pub trait Sessions {
    /// Begins a session for whoever has proven who they are; answers which other session ended for it, if there were too
    /// many. `None`: what they have shown is not so any more, a code was used before, or a second factor is missing.
    ///
    /// # Errors
    /// `user_unknown`, `suspended`.
    async fn create_session(
        &self,
        user: UserId,
        proof: Proof,
        session: NewSession,
    ) -> Result<Option<Vec<SessionKey>>>;

    /// The session with this key, if it has not ended.
    async fn session(&self, key: SessionKey) -> Result<Option<Session>>;

    /// Notes that a session was used. Says whether there is one.
    async fn use_session(&self, used: Use) -> Result<bool>;

    /// Ends a session; a guest goes with it.
    async fn end_session(&self, key: SessionKey) -> Result<Option<Changed>>;

    /// One's own sessions, the last used first.
    async fn sessions(&self, user: UserId) -> Result<Vec<ListedSession>>;

    /// Ends some of one's own sessions; answers their keys.
    async fn end_sessions(&self, user: UserId, which: Which) -> Result<Vec<SessionKey>>;

    /// What became of sessions on any node since this was asked last, or since the store was opened. Something may come
    /// more than once. Where no other node writes there is no news.
    async fn session_news(&self) -> Result<SessionNews>;

    /// Ends a few sessions whose time is over, and with them the guests who had them; answers their keys. None: there are
    /// no more. Costs nothing but a question while there are none.
    async fn sweep_sessions(&self) -> Result<Vec<SessionKey>>;
}
