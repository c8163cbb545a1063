//! Setting a password.

use chinwag_model::{Refusal, SessionKey, UserId};
use rusqlite::params;

use super::Batch;
use crate::sqlite::rows::Id;
use crate::sqlite::writer::{Command, WriteError};

/// Sets a password and ends all sessions of its owner.
pub(in crate::sqlite) struct SetPassword {
    pub(in crate::sqlite) user: UserId,
    pub(in crate::sqlite) password_hash: String,
}

impl Command for SetPassword {
    type Answer = Vec<SessionKey>;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Vec<SessionKey>, WriteError> {
        let changed = batch
            .sql("UPDATE user SET password_hash = ? WHERE id = ?")?
            .execute(params![self.password_hash, Id(self.user.0)])?;
        if changed == 0 {
            return Err(Refusal::UserUnknown.into());
        }
        let mut end = batch.sql("DELETE FROM session WHERE user = ? RETURNING key")?;
        let ended = end.query_map([Id(self.user.0)], |row| row.get(0).map(SessionKey))?;
        Ok(ended.collect::<rusqlite::Result<_>>()?)
    }
}
