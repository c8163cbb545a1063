//! Maintenance: what has had its time goes, a little at once.

use super::Batch;
use crate::sqlite::writer::{Command, WriteError};

/// How long a nonce is kept at least, in milliseconds: 30 days.
const NONCE_MILLIS: i64 = 30 * 24 * 3_600 * 1_000;
/// How long an invitation is listed after its end, in milliseconds: 90 days.
const INVITATION_MILLIS: i64 = 90 * 24 * 3_600 * 1_000;
/// Most invitations and links that one step removes, so that no post waits for it.
const STEP: i64 = 500;

/// A step of maintenance: old nonces, entries of the audit log, invitations and links, and messages of those whose messages
/// go. Answers whether there is more to do.
pub(in crate::sqlite) struct Maintain;

impl Command for Maintain {
    type Answer = bool;

    fn execute(self, batch: &mut Batch<'_>) -> Result<bool, WriteError> {
        let now = batch.now().0;
        let nonces = batch.expire_nonces(now - NONCE_MILLIS)?;
        let entries = batch.trim_audit()?;
        let invitations = batch
            .sql("DELETE FROM invitation WHERE id IN (SELECT id FROM invitation WHERE expires_at <= ? LIMIT ?)")?
            .execute([now - INVITATION_MILLIS, STEP])?;
        batch.sql("DELETE FROM reset WHERE expires_at <= ?")?.execute([now])?;
        let purged = batch.purge()?;
        Ok(nonces || entries || invitations > 0 || purged)
    }
}
