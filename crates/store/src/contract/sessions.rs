//! Sessions.

use async_trait::async_trait;
use chinwag_model::{Millis, SessionId, SessionKey, User, UserId};

use super::Changed;
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

/// A session that has not ended.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whose it is.
    pub user: User,
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

/// Which of somebody's sessions.
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
    /// Begins a session for whoever gave the password with the hash `verified`, which is replaced by `fresh`, another hash of
    /// the same password, if there is one; answers which other session ended for it,
    /// if there were too many. `None`: this is not the user's password any more.
    ///
    /// # Errors
    /// `user_unknown`, `suspended`.
    async fn create_session(
        &self,
        user: UserId,
        verified: String,
        fresh: Option<String>,
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
