//! Accounts and sessions.

use async_trait::async_trait;
use chinwag_model::{Millis, Role, SessionKey, User, UserId, UserName};

use crate::Result;

/// A session to be begun.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// What it will be known by.
    pub key: SessionKey,
    /// When it ends unless it is used.
    pub expires_at: Millis,
}

/// A session that has not ended.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whose it is.
    pub user: User,
    /// When it ends unless it is used.
    pub expires_at: Millis,
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Fresh.
    pub id: UserId,
    /// Must not look like another's.
    pub name: UserName,
    /// In PHC form.
    pub password_hash: String,
    /// In the workspace.
    pub role: Role,
    /// Refuse if there is an administrator already: for the link that makes the first one.
    pub only_as_first_administrator: bool,
    /// Signs the new person in.
    pub session: Option<NewSession>,
}

/// An account with what is needed to check a password.
#[derive(Clone)]
pub struct Credentials {
    /// Whose.
    pub user: User,
    /// In PHC form.
    pub password_hash: String,
}

/// An account in a list for administrators.
#[derive(Clone, Debug)]
pub struct Account {
    /// Whose.
    pub user: User,
    /// When it was made.
    pub at: Millis,
}

/// Accounts and sessions.
#[async_trait]
pub trait Accounts {
    /// Makes an account; its owner lands in the installation's first room.
    ///
    /// # Errors
    /// `name_taken`; `forbidden` if an administrator was to be the first and is not.
    async fn create_user(&self, user: NewUser) -> Result<User>;

    /// The account with this name, or one that looks like it.
    async fn credentials(&self, name: &UserName) -> Result<Option<Credentials>>;

    /// Accounts by id, after `after`, at most `limit`.
    async fn accounts(&self, after: Option<UserId>, limit: usize) -> Result<Vec<Account>>;

    /// Whether anybody is an administrator.
    async fn has_administrator(&self) -> Result<bool>;

    /// Sets a password and ends all sessions of its owner, whose keys are the answer.
    ///
    /// # Errors
    /// `user_unknown`.
    async fn set_password(&self, user: UserId, password_hash: String) -> Result<Vec<SessionKey>>;

    /// Begins a session for whoever gave the password with the hash `verified`. `false`: this is not the user's password
    /// any more.
    ///
    /// # Errors
    /// `user_unknown`.
    async fn create_session(&self, user: UserId, verified: String, session: NewSession) -> Result<bool>;

    /// The session with this key, if it has not ended.
    async fn session(&self, key: SessionKey) -> Result<Option<Session>>;

    /// Moves a session's end: it was used. Says whether there is one.
    async fn extend_session(&self, key: SessionKey, expires_at: Millis) -> Result<bool>;

    /// Ends a session; says whether there was one.
    async fn end_session(&self, key: SessionKey) -> Result<bool>;
}
