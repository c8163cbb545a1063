//! Cached sessions.

use async_trait::async_trait;
use chinwag_model::{Millis, Scopes, SessionKey, User};
use serde::{Deserialize, Serialize};

/// A session, as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedSession {
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

/// A cache of sessions. Whatever it does not know, the store does.
#[async_trait]
pub trait Sessions {
    /// A session, if it is known here.
    async fn cached(&self, key: SessionKey) -> Option<CachedSession>;

    /// Remembers a session for a while; one that was said to have ended is not remembered again, so that a question to
    /// the store that was under way at that moment brings nothing back.
    async fn cache(&self, key: SessionKey, session: CachedSession);

    /// Forgets sessions that go on, because what is remembered of them is not so any more.
    async fn forget(&self, keys: &[SessionKey]);

    /// Forgets sessions that have ended.
    async fn end(&self, keys: &[SessionKey]);

    /// Whether a session was said to have ended lately: for who was let in at that very moment.
    async fn has_ended(&self, key: SessionKey) -> bool;
}
