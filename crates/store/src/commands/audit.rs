//! Who did what: noted in the transaction that does it.

use chinwag_model::{RoomId, UserId};

use super::Batch;
use crate::database::{DatabaseError, parameters};

/// How long an entry is kept, in milliseconds: 400 days.
const KEPT_MILLIS: i64 = 400 * 24 * 3_600 * 1_000;
/// Most entries that one step of maintenance removes.
const STEP: i64 = 500;

impl Batch<'_> {
    /// Notes that somebody did something. Nobody: an operator at the command line.
    pub(super) fn audit(
        &self,
        actor: Option<UserId>,
        action: &'static str,
        target: Option<UserId>,
        room: Option<RoomId>,
        detail: &str,
    ) -> Result<(), DatabaseError> {
        self.write(
            "INSERT INTO audit (at, actor, action, target, room, detail) VALUES ($1, $2, $3, $4, $5, $6)",
            parameters![self.now(), actor, action, target, room, detail],
        )
    }

    /// Removes some entries that have had their time. They were noted in the order of their ids. Says whether there are
    /// more.
    pub(super) fn trim_audit(&self) -> Result<bool, DatabaseError> {
        let removed = self.execute(
            "DELETE FROM audit WHERE id IN
               (SELECT id FROM (SELECT id, at FROM audit ORDER BY id LIMIT $1) AS oldest
             WHERE at < $2)",
            parameters![STEP, self.now().0 - KEPT_MILLIS],
        )?;
        Ok(removed > 0)
    }
}
