//! Maintenance: what has had its time goes, and the search index grows, a little at once.

use std::time::Duration;

use chinwag_model::Millis;

use super::{Batch, purge, search};
use super::{Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};

/// How long a nonce is kept at least, in milliseconds: 30 days.
const NONCE_MILLIS: i64 = 30 * 24 * 3_600 * 1_000;
/// How long an invitation is listed after its end, in milliseconds: 90 days.
const INVITATION_MILLIS: i64 = 90 * 24 * 3_600 * 1_000;
/// How long what nodes are told of sessions is kept, in milliseconds: an hour, far longer than they take to hear of it.
const NEWS_MILLIS: i64 = 3_600 * 1_000;
/// Most invitations and links that one step removes, so that no post waits for it.
const STEP: i64 = 500;

/// Between two steps at least.
const PAUSE: Duration = Duration::from_millis(200);
/// Between two steps at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How long to wait after a step that took so long: maintenance has a tenth of the time and the commands the rest, the
/// busier they are.
pub(crate) fn pause(took: Duration) -> Duration {
    took.saturating_mul(10).clamp(PAUSE, LONGEST_PAUSE)
}

/// A step of maintenance: old nonces, entries of the audit log, invitations and links, and messages of those whose messages
/// go; and the words of messages come into the search index. Answers whether there is more to do.
#[derive(Clone)]
pub(crate) struct Maintain;

impl Command for Maintain {
    type Answer = bool;

    fn locks(&self, database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(purge::locks(database)?.and_these(search::locks(database)?))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<bool, Failed> {
        let now = batch.now();
        let nonces = batch.expire_nonces(Millis(now.0 - NONCE_MILLIS))?;
        let news = batch.expire_news(Millis(now.0 - NEWS_MILLIS), STEP)?;
        let entries = batch.trim_audit()?;
        let invitations = batch.execute(
            "DELETE FROM invitation WHERE id IN (SELECT id FROM invitation WHERE expires_at <= $1 LIMIT $2)",
            parameters![now.0 - INVITATION_MILLIS, STEP],
        )?;
        let links = batch.execute(
            r#"DELETE FROM reset WHERE "user" IN (SELECT "user" FROM reset WHERE expires_at <= $1 LIMIT $2)"#,
            parameters![now, STEP],
        )?;
        let purged = batch.purge()?;
        let indexed = batch.index_words()?;
        Ok(nonces || news || entries || invitations > 0 || links > 0 || purged || indexed)
    }
}
