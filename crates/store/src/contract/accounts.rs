//! Accounts: making them, signing in, passwords, and the end of an account.

use async_trait::async_trait;
use chinwag_model::{Millis, Role, SessionKey, Standing, User, UserId, UserName};

use super::{NewIdentity, NewSession};
use crate::Result;

/// How somebody comes to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// By themselves, where that is allowed.
    Free,
    /// By somebody at the command line.
    Operator,
    /// By the link that makes the first one: refused if anybody keeps order already.
    FirstAdministrator,
    /// By the invitation with this key, which is used up by one.
    Invitation(SessionKey),
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Fresh.
    pub id: UserId,
    /// Must not look like another's.
    pub name: UserName,
    /// In PHC form; guests have none, nor who comes by another service.
    pub password_hash: Option<String>,
    /// The account at another service by which they come.
    pub identity: Option<NewIdentity>,
    /// In the workspace.
    pub role: Role,
    /// How they come to it.
    pub entry: Entry,
    /// Signs the new person in.
    pub session: Option<NewSession>,
}

/// An account with what is needed to check a password.
#[derive(Clone)]
pub struct Credentials {
    /// Whose.
    pub user: User,
    /// Whether they may be here.
    pub standing: Standing,
    /// In PHC form; guests have none, nor may others.
    pub password_hash: Option<String>,
    /// Whether they have a second factor.
    pub has_second_factor: bool,
}

/// What somebody who is signed in has shown for what matters more than most.
#[derive(Clone, Debug)]
pub enum Confirmation {
    /// Their password, by its hash.
    Password(String),
    /// Nothing but that they have signed in just now: for accounts without a password.
    SignedIn {
        /// By this session …
        session: SessionKey,
        /// … at this time or later.
        since: Millis,
    },
}

impl Confirmation {
    /// The password with this hash.
    pub fn password(verified: impl Into<String>) -> Self {
        Self::Password(verified.into())
    }
}

/// What became of somebody's account.
#[derive(Clone, Debug)]
pub struct Changed {
    /// As they are now.
    pub user: User,
    /// Sessions that go on, and of which it may be remembered what was true before.
    pub stale: Vec<SessionKey>,
    /// Sessions that have ended.
    pub ended: Vec<SessionKey>,
}

/// Accounts.
#[async_trait]
pub trait Accounts {
    /// Makes an account; its owner lands in the installation's first room.
    ///
    /// # Errors
    /// `name_taken`; `identity_taken`; `forbidden` if an administrator was to be the first and is not; `invitation_invalid`.
    async fn create_user(&self, user: NewUser) -> Result<User>;

    /// The account with this name, or one that looks like it.
    async fn credentials(&self, name: &UserName) -> Result<Option<Credentials>>;

    /// The account with this id, the same way.
    async fn credentials_of(&self, user: UserId) -> Result<Option<Credentials>>;

    /// Whether anybody is an administrator or an owner.
    async fn has_administrator(&self) -> Result<bool>;

    /// Sets a password and ends all of its owner's sessions but `keep`. `None`: what they have shown is not so any more.
    ///
    /// # Errors
    /// `user_unknown`, `forbidden`.
    async fn change_password(
        &self,
        user: UserId,
        confirmation: Confirmation,
        password_hash: String,
        keep: SessionKey,
    ) -> Result<Option<Changed>>;

    /// Sets a password and ends all sessions of its owner: what an operator does.
    ///
    /// # Errors
    /// `user_unknown`.
    async fn set_password(&self, user: UserId, password_hash: String) -> Result<Changed>;

    /// Deletes one's own account: its owner leaves all rooms, its name is free, and its messages stay without it or go,
    /// a few at once. `None`: what they have shown is not so any more.
    ///
    /// # Errors
    /// `last_owner`, `forbidden`.
    async fn delete_account(
        &self,
        user: UserId,
        confirmation: Confirmation,
        remove_messages: bool,
    ) -> Result<Option<Changed>>;
}
