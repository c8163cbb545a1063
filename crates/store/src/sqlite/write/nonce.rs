//! A command that was carried out before gets its first answer.

use chinwag_model::{Refusal, Rev, UserId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Batch;
use crate::Once;
use crate::sqlite::nonces::{Entry, Key};
use crate::sqlite::writer::WriteError;

/// The first answer to a command.
pub(super) struct First {
    pub(super) rev: Rev,
    pub(super) target: Option<Uuid>,
}

impl Batch<'_> {
    /// The first answer to this command, if it was carried out before. `scope` is the room, or the author where there is
    /// no room yet. To be asked before anything else: a retry is answered alike whatever has changed since.
    pub(super) fn first_answer(
        &self,
        scope: Uuid,
        author: UserId,
        once: Option<&Once>,
    ) -> Result<Option<First>, WriteError> {
        let Some(once) = once else { return Ok(None) };
        match self.find_nonce(&key(scope, author, once))? {
            None => Ok(None),
            Some(entry) if entry.digest == once.digest => {
                Ok(Some(First { rev: entry.rev, target: entry.target }))
            }
            Some(_) => Err(Refusal::NonceReused.into()),
        }
    }

    /// Keeps the answer to a command.
    pub(super) fn keep_answer(
        &mut self,
        scope: Uuid,
        author: UserId,
        once: Option<&Once>,
        rev: Rev,
        target: Option<Uuid>,
    ) -> rusqlite::Result<()> {
        let Some(once) = once else { return Ok(()) };
        self.keep_nonce(key(scope, author, once), Entry { digest: once.digest, rev, target })
    }
}

/// What a nonce is known by.
fn key(scope: Uuid, author: UserId, once: &Once) -> Key {
    let hash = Sha256::new()
        .chain_update(scope.as_bytes())
        .chain_update(author.as_bytes())
        .chain_update(once.nonce.as_str())
        .finalize();
    let mut key = Key::default();
    for (to, from) in key.iter_mut().zip(hash) {
        *to = from;
    }
    key
}
