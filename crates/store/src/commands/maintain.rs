//! Maintenance: what has had its time goes, and the search index grows, a little at once.

use std::time::Duration;

use chinwag_model::Millis;

use super::search::IndexWords;
use super::{Batch, Command, Installation, Locks};
use crate::Result;
use crate::back_end::BackEnd;
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

/// A step of maintenance: what has had its time goes, and the words of messages come into the search index. Each is a command
/// of its own: what one of them locks does not wait for the other. Answers whether there is more to do.
pub(crate) async fn maintain(store: &impl BackEnd) -> Result<bool> {
    // Whatever becomes of one, the other is not kept from its work.
    let steps = [store.carry_out(Expire).await, store.carry_out(IndexWords).await];
    let more = steps.iter().any(|step| matches!(step, Ok(true)));
    steps.into_iter().find(Result::is_err).filter(|_| !more).unwrap_or(Ok(more))
}

/// Removes old nonces, news of sessions, entries of the audit log, invitations, links, keys and what nobody can end any more. Of all nodes one does it at a
/// time: the others would wait for the rows that it removes. Answers whether there is more to do.
#[derive(Clone)]
struct Expire;

impl Command for Expire {
    type Answer = bool;

    fn locks(
        &self,
        _database: &dyn Database,
        _installation: &Installation,
    ) -> std::result::Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> std::result::Result<bool, Failed> {
        if !batch.is_alone_with("maintenance")? {
            return Ok(false);
        }
        let now = batch.now();
        let nonces = batch.expire_nonces(Millis(now.0 - NONCE_MILLIS))?;
        // By the one clock: a node that is ahead must not take away what others have not heard yet.
        let news = batch.expire_news(Millis(batch.clock()?.0 - NEWS_MILLIS), STEP)?;
        let entries = batch.trim_audit()?;
        batch.keep_sweeping()?;
        let invitations = batch.execute(
            "DELETE FROM invitation WHERE id IN (SELECT id FROM invitation WHERE expires_at <= $1 LIMIT $2)",
            parameters![now.0 - INVITATION_MILLIS, STEP],
        )?;
        let links = batch.execute(
            r#"DELETE FROM reset WHERE "user" IN (SELECT "user" FROM reset WHERE expires_at <= $1 LIMIT $2)"#,
            parameters![now, STEP],
        )?;
        let pending = batch.expire_pending(STEP)?;
        batch.drop_signing_keys()?;
        Ok(nonces || news || entries || invitations > 0 || links > 0 || pending)
    }
}
