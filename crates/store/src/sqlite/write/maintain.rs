//! Maintenance: what has had its time goes, a little at once.

use super::Batch;
use crate::sqlite::writer::{Command, WriteError};

/// How long a nonce is kept at least, in milliseconds: 30 days.
const NONCE_MILLIS: i64 = 30 * 24 * 3_600 * 1_000;
/// Most sessions that one step removes, so that no post waits for it.
const SESSIONS: i64 = 500;

/// A step of maintenance: removes ended sessions and old nonces. Answers whether there is more to do.
pub(in crate::sqlite) struct Maintain;

impl Command for Maintain {
    type Answer = bool;

    fn execute(self, batch: &mut Batch<'_>) -> Result<bool, WriteError> {
        let now = batch.now().0;
        let ended = batch
            .sql("DELETE FROM session WHERE key IN (SELECT key FROM session WHERE expires_at <= ? LIMIT ?)")?
            .execute([now, SESSIONS])?;
        let more = batch.expire_nonces(now - NONCE_MILLIS)?;
        Ok(more || ended > 0)
    }
}
