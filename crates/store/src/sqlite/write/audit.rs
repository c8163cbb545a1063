//! Who did what: noted in the transaction that does it.

use chinwag_model::{RoomId, UserId};
use rusqlite::params;

use super::Batch;
use crate::sqlite::rows::Id;

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
    ) -> rusqlite::Result<()> {
        self.sql("INSERT INTO audit (at, actor, action, target, room, detail) VALUES (?, ?, ?, ?, ?, ?)")?
            .execute(params![
                self.now().0,
                actor.map(|id| Id(id.0)),
                action,
                target.map(|id| Id(id.0)),
                room.map(|id| Id(id.0)),
                detail
            ])
            .map(|_| ())
    }

    /// Removes some entries that have had their time. They were noted in the order of their ids. Says whether there are
    /// more.
    pub(super) fn trim_audit(&self) -> rusqlite::Result<bool> {
        let removed = self
            .sql(
                "DELETE FROM audit WHERE id IN (SELECT id FROM (SELECT id, at FROM audit ORDER BY id LIMIT ?2) WHERE at < ?1)",
            )?
            .execute([self.now().0 - KEPT_MILLIS, STEP])?;
        Ok(removed > 0)
    }
}
