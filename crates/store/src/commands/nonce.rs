//! A command that was carried out before gets its first answer.

use chinwag_model::{Refusal, Rev, UserId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Batch;
use crate::Once;
use crate::database::{DatabaseError, Failed};

/// What a nonce is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NonceKey {
    /// The room, or the author where there is no room yet.
    pub(crate) scope: Uuid,
    /// A hash of the scope, the author and the nonce itself.
    pub(crate) hash: [u8; 16],
}

impl NonceKey {
    /// Of a command of this author.
    pub(crate) fn new(scope: Uuid, author: UserId, once: &Once) -> Self {
        let digest = Sha256::new()
            .chain_update(scope.as_bytes())
            .chain_update(author.as_bytes())
            .chain_update(once.nonce.as_str())
            .finalize();
        let mut hash = [0; 16];
        for (to, from) in hash.iter_mut().zip(digest) {
            *to = from;
        }
        Self { scope, hash }
    }
}

/// The first answer to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// What the command asked for.
    pub(crate) digest: [u8; 8],
    /// The revision at which it took effect.
    pub(crate) rev: Rev,
    /// What it made, where it made something.
    pub(crate) target: Option<Uuid>,
}

impl Entry {
    /// This answer, to a command that asks for the same.
    ///
    /// # Errors
    /// `nonce_reused`: it asks for something else.
    pub(crate) fn for_command(self, once: &Once) -> Result<Self, Refusal> {
        if self.digest == once.digest { Ok(self) } else { Err(Refusal::NonceReused) }
    }
}

impl Batch<'_> {
    /// The first answer to this command, if it was carried out before. `scope` is the room, or the author where there is
    /// no room yet. To be asked before anything else: a retry is answered alike whatever has changed since.
    pub(crate) fn first_answer(
        &self,
        scope: Uuid,
        author: UserId,
        once: Option<&Once>,
    ) -> Result<Option<Entry>, Failed> {
        let Some(once) = once else { return Ok(None) };
        let first = self.find_nonce(&NonceKey::new(scope, author, once))?;
        Ok(first.map(|entry| entry.for_command(once)).transpose()?)
    }

    /// Keeps the answer to a command.
    pub(crate) fn keep_answer(
        &mut self,
        scope: Uuid,
        author: UserId,
        once: Option<&Once>,
        rev: Rev,
        target: Option<Uuid>,
    ) -> Result<(), DatabaseError> {
        let Some(once) = once else { return Ok(()) };
        self.keep_nonce(NonceKey::new(scope, author, once), Entry { digest: once.digest, rev, target })
    }
}
