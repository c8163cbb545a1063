//! People: how they show themselves, how they are found, and what those who keep order decide about them.

use async_trait::async_trait;
use chinwag_model::{Line, Millis, Rev, Role, RoomId, SessionKey, Standing, User, UserId, UserName};

use super::{Changed, NewSession};
use crate::Result;

/// What somebody changes about how they are shown; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// Their name.
    pub name: Option<UserName>,
    /// What they say about themselves.
    pub status: Option<Line>,
}

/// What is decided about somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// They may not write until then.
    Mute(Millis),
    /// They may write again.
    Unmute,
    /// They may not be here until it is lifted.
    Suspend,
    /// They may not be here, and are removed from all rooms.
    Ban {
        /// Whether what they wrote is deleted as well, a few messages at once.
        remove_messages: bool,
    },
    /// A suspension or a ban is lifted.
    Restore,
    /// They have another role.
    SetRole(Role),
}

/// An account, for those who keep order.
#[derive(Clone, Debug)]
pub struct Account {
    /// Whose.
    pub user: User,
    /// When it was made.
    pub at: Millis,
    /// Whether they may be here.
    pub standing: Standing,
    /// Until when they may not write; 0 if they never were muted.
    pub muted_until: Millis,
}

/// Which accounts are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Listed {
    /// All, by name.
    #[default]
    All,
    /// Those with a word in their name that begins with this, by that word. Folded by
    /// [`search_key`](chinwag_model::name::search_key).
    Named(String),
    /// Moderators, administrators and owners.
    Staff,
    /// Those who are suspended or banned.
    Restricted,
}

/// A page of accounts. Each page begins after the key that the one before ended with.
#[derive(Clone, Debug)]
pub struct AccountPage {
    /// In their order.
    pub accounts: Vec<Account>,
    /// Where the next page begins, if there is one.
    pub next: Option<After>,
}

/// A place in a list that is ordered by a key and an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After {
    /// The key of the last thing of a page.
    pub key: String,
    /// Its id.
    pub id: uuid::Uuid,
}

/// A link with which somebody sets a new password.
#[derive(Clone, Debug)]
pub struct NewReset {
    /// Whose password.
    pub user: UserId,
    /// What it will be known by.
    pub key: SessionKey,
    /// Until when it is good.
    pub expires_at: Millis,
}

/// What became of somebody who has set a new password by a link.
#[derive(Clone, Debug)]
pub struct PasswordReset {
    /// Their account.
    pub changed: Changed,
    /// Whether they are signed in: not if they have a second factor, which the link does not stand for.
    pub signed_in: bool,
}

/// One of somebody's own messages.
#[derive(Clone, Debug)]
pub struct OwnMessage {
    /// Where.
    pub room: RoomId,
    /// Which.
    pub seq: Rev,
    /// When.
    pub at: Millis,
    /// When it was last edited, if ever.
    pub edited_at: Option<Millis>,
    /// What it says.
    pub text: String,
}

/// People. `by` is who asks; nobody if it is an operator at the command line, who may do everything.
#[async_trait]
pub trait People {
    /// Changes how somebody is shown.
    ///
    /// # Errors
    /// `name_taken`, `muted`, `forbidden`.
    async fn change_profile(&self, user: UserId, profile: Profile) -> Result<Changed>;

    /// Sets somebody's picture, a PNG, or takes it away.
    ///
    /// # Errors
    /// `muted`, `forbidden`.
    async fn set_avatar(&self, user: UserId, png: Option<Vec<u8>>) -> Result<Changed>;

    /// Somebody's picture, if they have uploaded one, with its version.
    async fn avatar(&self, user: UserId) -> Result<Option<(u32, Vec<u8>)>>;

    /// The small form of somebody's picture, a PNG, with the version that it is of; nothing until it is made.
    async fn thumbnail(&self, user: UserId) -> Result<Option<(u32, Vec<u8>)>>;

    /// Somebody, as everybody may see them.
    async fn person(&self, user: UserId) -> Result<Option<User>>;

    /// People who may be here with a word in their name that begins with `text`, at most `limit`.
    ///
    /// # Errors
    /// `forbidden`.
    async fn search_people(&self, by: UserId, text: &str, limit: usize) -> Result<Vec<User>>;

    /// A page of accounts.
    ///
    /// # Errors
    /// `forbidden`.
    async fn accounts(
        &self,
        by: Option<UserId>,
        listed: Listed,
        after: Option<After>,
        limit: usize,
    ) -> Result<AccountPage>;

    /// One account.
    ///
    /// # Errors
    /// `forbidden`, `user_unknown`.
    async fn account(&self, by: Option<UserId>, user: UserId) -> Result<Account>;

    /// Decides about somebody.
    ///
    /// # Errors
    /// `forbidden`, `user_unknown`, `last_owner`.
    async fn decide(
        &self,
        by: Option<UserId>,
        user: UserId,
        decision: Decision,
        reason: Line,
    ) -> Result<Changed>;

    /// Makes a link with which somebody sets a new password; one that there was is no longer good.
    ///
    /// # Errors
    /// `forbidden`, `user_unknown`.
    async fn make_reset(&self, by: Option<UserId>, reset: NewReset) -> Result<User>;

    /// Whose password can be set by this link, if it is good.
    async fn reset(&self, key: SessionKey) -> Result<Option<User>>;

    /// Sets a password by a link, which is used up, ends all sessions of its owner and signs them in, unless they have a
    /// second factor, which they have to show first.
    ///
    /// # Errors
    /// `reset_invalid`, `suspended`.
    async fn reset_password(
        &self,
        key: SessionKey,
        password_hash: String,
        session: NewSession,
    ) -> Result<PasswordReset>;

    /// Somebody's own messages after one of them, by room and seq, at most `limit`.
    async fn own_messages(
        &self,
        user: UserId,
        after: Option<(RoomId, Rev)>,
        limit: usize,
    ) -> Result<Vec<OwnMessage>>;
}
