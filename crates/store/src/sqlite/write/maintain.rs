//! Maintenance: what has had its time goes, a little at once.

use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::Batch;
use crate::sqlite::rows::Id;
use crate::sqlite::writer::{Command, WriteError};

/// How long a nonce is kept, in milliseconds: 30 days.
const NONCE_MILLIS: i64 = 30 * 24 * 3_600 * 1_000;
/// Most rows that one step looks at, so that no post waits for it.
const STEP: i64 = 500;

/// A step of maintenance: removes ended sessions and, from `after` on, old nonces.
pub(in crate::sqlite) struct Maintain {
    /// The key of the last nonce that was looked at; `None` begins anew.
    pub(in crate::sqlite) after: Option<NonceKey>,
}

/// The key of a nonce's row.
pub(in crate::sqlite) type NonceKey = (Uuid, Uuid, String);

/// How far a step came.
pub(in crate::sqlite) struct Maintained {
    /// Where to go on; `None` if all nonces were looked at.
    pub(in crate::sqlite) next: Option<NonceKey>,
}

impl Command for Maintain {
    type Answer = Maintained;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Maintained, WriteError> {
        let now = batch.now().0;
        batch
            .sql("DELETE FROM session WHERE key IN (SELECT key FROM session WHERE expires_at <= ? LIMIT ?)")?
            .execute([now, STEP])?;
        let (scope, author, nonce) = self.after.unwrap_or_default();
        // Keys are walked in their order: an index by time would cost each post a write.
        let last = batch
            .sql(
                "SELECT scope, author, nonce FROM nonce WHERE (scope, author, nonce) > (?1, ?2, ?3)
                 ORDER BY scope, author, nonce LIMIT 1 OFFSET ?4",
            )?
            .query_row(params![Id(scope), Id(author), nonce, STEP - 1], |row| {
                Ok((row.get::<_, Id>(0)?.0, row.get::<_, Id>(1)?.0, row.get::<_, String>(2)?))
            })
            .optional()?;
        let old = now - NONCE_MILLIS;
        match &last {
            Some((to_scope, to_author, to_nonce)) => batch
                .sql(
                    "DELETE FROM nonce WHERE (scope, author, nonce) > (?1, ?2, ?3)
                     AND (scope, author, nonce) <= (?4, ?5, ?6) AND at <= ?7",
                )?
                .execute(params![
                    Id(scope),
                    Id(author),
                    nonce,
                    Id(*to_scope),
                    Id(*to_author),
                    to_nonce,
                    old
                ])?,
            None => batch
                .sql("DELETE FROM nonce WHERE (scope, author, nonce) > (?1, ?2, ?3) AND at <= ?4")?
                .execute(params![Id(scope), Id(author), nonce, old])?,
        };
        Ok(Maintained { next: last })
    }
}
