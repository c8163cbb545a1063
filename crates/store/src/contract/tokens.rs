//! Access tokens, and the keys by which short-lived ones are signed.
//!
//! An access token is a session with scopes: whatever ends sessions ends it too, and whoever asks for a [`Session`] by its
//! key is told its scopes.
//!
//! [`Session`]: super::Session

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_model::{Line, Millis, Scopes, SessionId, SessionKey, UserId};
use uuid::Uuid;

use crate::Result;

/// Most access tokens that somebody has at once.
pub const TOKENS_PER_USER: usize = 50;

/// How long a key signs, until there is another.
pub const KEY_SIGNS: Duration = Duration::from_secs(30 * 24 * 3_600);
/// How long a key is kept after another has taken its place: longer than anything lasts that it signed, and than a node signs
/// with a key that it remembers.
pub const KEY_STAYS: Duration = Duration::from_secs(24 * 3_600);

/// An access token to be made.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it will be known by.
    pub key: SessionKey,
    /// What it is for.
    pub name: Line,
    /// What it may be used for.
    pub scopes: Scopes,
    /// When it ends, used or not.
    pub ends_at: Millis,
}

/// An access token in its owner's list.
#[derive(Clone, Debug)]
pub struct ListedToken {
    /// Names it.
    pub id: SessionId,
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: Scopes,
    /// When it was made.
    pub at: Millis,
    /// When it was last used, as far as it was noted; `None` if it never was.
    pub used_at: Option<Millis>,
    /// When it ends, used or not.
    pub ends_at: Millis,
    /// What it was used with last.
    pub device: String,
    /// Where it was used from last.
    pub address: String,
}

/// A key that signs, or has signed.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Names it.
    pub id: Uuid,
    /// From when on it is there.
    pub at: Millis,
    /// The key itself: Ed25519, in PKCS #8.
    pub secret: Vec<u8>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).field("at", &self.at).finish_non_exhaustive()
    }
}

/// A fresh key, should one be needed.
#[derive(Clone)]
pub struct NewSigningKey {
    /// Names it.
    pub id: Uuid,
    /// The key itself: Ed25519, in PKCS #8.
    pub secret: Vec<u8>,
}

impl fmt::Debug for NewSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Access tokens and keys.
#[async_trait]
pub trait Tokens {
    /// Makes an access token, for whoever has this session. `false`: it has ended meanwhile, or is an access token itself.
    ///
    /// # Errors
    /// `forbidden`, `too_many_tokens`.
    async fn make_token(&self, user: UserId, by: SessionKey, token: NewToken) -> Result<bool>;

    /// One's own access tokens, the newest first.
    ///
    /// # Errors
    /// `forbidden`.
    async fn tokens(&self, user: UserId) -> Result<Vec<ListedToken>>;

    /// Ends one of one's own access tokens; answers its key.
    ///
    /// # Errors
    /// `forbidden`, `token_unknown`.
    async fn revoke_token(&self, user: UserId, id: SessionId) -> Result<SessionKey>;

    /// The keys that there are, the newest first: that one signs.
    async fn signing_keys(&self) -> Result<Vec<SigningKey>>;

    /// The same, once there is one that may sign: if there is none, or it has signed for [`KEY_SIGNS`], the fresh one takes
    /// its place. Of many who ask at once one brings the key and all are answered the same. Those before go, by maintenance,
    /// when it has been there for [`KEY_STAYS`].
    async fn renew_signing_key(&self, fresh: NewSigningKey) -> Result<Vec<SigningKey>>;
}
