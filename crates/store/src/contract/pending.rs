//! What somebody has begun and has to end soon, by showing the token that they were given: signing in with a second factor,
//! by another service, and the like.

use async_trait::async_trait;
use chinwag_model::{Millis, SessionKey};

use crate::Result;

/// What has begun: a word like `second-factor`. Whoever ends it names the same, so that a token for one thing is of no use
/// for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purpose(pub &'static str);

/// Something that begins.
#[derive(Clone, Debug)]
pub struct NewPending {
    /// What it will be known by: the hash of a token.
    pub key: SessionKey,
    /// What it is.
    pub purpose: Purpose,
    /// Until when it can be ended.
    pub expires_at: Millis,
    /// What has to be known to end it.
    pub body: Vec<u8>,
}

/// What has begun. It is all gone when its time is over.
#[async_trait]
pub trait Pending {
    /// Begins something.
    async fn begin_pending(&self, new: NewPending) -> Result<()>;

    /// Tries to end something: answers what has to be known for that, and counts the try before anybody knows whether it
    /// succeeds. After `most` tries nobody can end it any more.
    async fn try_pending(&self, key: SessionKey, purpose: Purpose, most: u32) -> Result<Option<Vec<u8>>>;

    /// Ends something: it is gone, and of many who try this at once one is answered.
    async fn take_pending(&self, key: SessionKey, purpose: Purpose) -> Result<Option<Vec<u8>>>;
}
