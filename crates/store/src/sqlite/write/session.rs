//! Sessions.

use chinwag_model::{Millis, SessionKey, UserId};
use rusqlite::params;

use super::Batch;
use crate::NewSession;
use crate::sqlite::rows::Id;
use crate::sqlite::writer::{Command, WriteError};

/// Begins a session.
pub(in crate::sqlite) struct CreateSession {
    pub(in crate::sqlite) user: UserId,
    pub(in crate::sqlite) verified: String,
    pub(in crate::sqlite) session: NewSession,
}

impl Command for CreateSession {
    type Answer = bool;

    fn execute(self, batch: &mut Batch<'_>) -> Result<bool, WriteError> {
        batch.user(self.user)?;
        // The password may have been changed while its hash was compared.
        let still = batch
            .sql("SELECT 1 FROM user WHERE id = ? AND password_hash = ?")?
            .exists(params![Id(self.user.0), self.verified])?;
        if still {
            batch.begin_session(self.user, &self.session)?;
        }
        Ok(still)
    }
}

/// Moves a session's end.
pub(in crate::sqlite) struct ExtendSession {
    pub(in crate::sqlite) key: SessionKey,
    pub(in crate::sqlite) expires_at: Millis,
}

impl Command for ExtendSession {
    type Answer = bool;

    fn execute(self, batch: &mut Batch<'_>) -> Result<bool, WriteError> {
        let extended = batch
            .sql("UPDATE session SET expires_at = ? WHERE key = ?")?
            .execute(params![self.expires_at.0, self.key.0])?;
        Ok(extended > 0)
    }
}

/// Ends a session.
pub(in crate::sqlite) struct EndSession(pub(in crate::sqlite) SessionKey);

impl Command for EndSession {
    type Answer = bool;

    fn execute(self, batch: &mut Batch<'_>) -> Result<bool, WriteError> {
        Ok(batch.sql("DELETE FROM session WHERE key = ?")?.execute([self.0.0])? > 0)
    }
}

impl Batch<'_> {
    pub(super) fn begin_session(&self, user: UserId, session: &NewSession) -> rusqlite::Result<()> {
        self.sql("INSERT INTO session (key, user, at, expires_at) VALUES (?, ?, ?, ?)")?
            .execute(params![session.key.0, Id(user.0), self.now().0, session.expires_at.0])
            .map(|_| ())
    }
}
