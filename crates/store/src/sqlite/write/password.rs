//! Passwords.

use chinwag_model::permission::Action;
use chinwag_model::{Refusal, Role, SessionKey, UserId};
use rusqlite::{OptionalExtension, params};

use super::Batch;
use crate::sqlite::rows::Id;
use crate::sqlite::writer::{Command, WriteError};
use crate::{Changed, NewReset, NewSession};

/// Sets a password and ends all sessions of its owner.
pub(in crate::sqlite) struct SetPassword {
    pub(in crate::sqlite) user: UserId,
    pub(in crate::sqlite) password_hash: String,
}

impl Command for SetPassword {
    type Answer = Changed;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Changed, WriteError> {
        let user = batch.account(self.user)?.user;
        if user.gone || user.role == Role::Guest {
            return Err(Refusal::UserUnknown.into());
        }
        batch.write_password(self.user, &self.password_hash)?;
        let ended = batch.end_all_sessions(self.user, None)?;
        batch.audit(None, "password.set", Some(self.user), None, "")?;
        Ok(Changed { user, stale: Vec::new(), ended })
    }
}

/// Sets one's own password, and ends all other sessions.
pub(in crate::sqlite) struct ChangePassword {
    pub(in crate::sqlite) user: UserId,
    pub(in crate::sqlite) verified: String,
    pub(in crate::sqlite) password_hash: String,
    pub(in crate::sqlite) keep: SessionKey,
}

impl Command for ChangePassword {
    type Answer = Option<Changed>;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, WriteError> {
        let user = batch.permit_anywhere(Action::ChangePassword, self.user, None)?;
        if !batch.has_password(self.user, &self.verified)? {
            return Ok(None);
        }
        batch.write_password(self.user, &self.password_hash)?;
        let ended = batch.end_all_sessions(self.user, Some(self.keep))?;
        batch.audit(Some(self.user), "password.changed", None, None, "")?;
        Ok(Some(Changed { user, stale: Vec::new(), ended }))
    }
}

/// Makes a link with which somebody sets a new password.
pub(in crate::sqlite) struct MakeReset {
    pub(in crate::sqlite) by: Option<UserId>,
    pub(in crate::sqlite) reset: NewReset,
}

impl Command for MakeReset {
    type Answer = chinwag_model::User;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, WriteError> {
        let Self { by, reset } = self;
        let user = batch.subject(Action::MakeResetLink, by, reset.user)?.user;
        if user.role == Role::Guest {
            return Err(Refusal::UserUnknown.into());
        }
        batch
            .sql("INSERT OR REPLACE INTO reset (user, key, maker, expires_at) VALUES (?, ?, ?, ?)")?
            .execute(params![Id(user.id.0), reset.key.0, by.map(|by| Id(by.0)), reset.expires_at.0])?;
        batch.audit(by, "reset.made", Some(user.id), None, "")?;
        Ok(user)
    }
}

/// Sets a password by such a link.
pub(in crate::sqlite) struct ResetPassword {
    pub(in crate::sqlite) key: SessionKey,
    pub(in crate::sqlite) password_hash: String,
    pub(in crate::sqlite) session: NewSession,
}

impl Command for ResetPassword {
    type Answer = Changed;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Changed, WriteError> {
        let (user, maker) = batch
            .sql("DELETE FROM reset WHERE key = ? AND expires_at > ? RETURNING user, maker")?
            .query_row(params![self.key.0, batch.now().0], |row| {
                Ok((row.get::<_, Id>(0)?, row.get::<_, Option<Id>>(1)?))
            })
            .optional()?
            .ok_or(Refusal::ResetInvalid)?;
        // Whoever made the link must still be allowed to: they may have less now, or the other more.
        let (user, maker) = (UserId(user.0), maker.map(|maker| UserId(maker.0)));
        if let Err(WriteError::Refused(_)) = batch.subject(Action::MakeResetLink, maker, user) {
            return Err(Refusal::ResetInvalid.into());
        }
        let user = batch.actor(user)?.user;
        batch.write_password(user.id, &self.password_hash)?;
        let ended = batch.end_all_sessions(user.id, None)?;
        batch.begin_session(user.id, &self.session)?;
        batch.audit(Some(user.id), "password.reset", None, None, "")?;
        Ok(Changed { user, stale: Vec::new(), ended })
    }
}

impl Batch<'_> {
    /// Whether somebody's password has this hash. It may have been changed since its hash was compared.
    pub(super) fn has_password(&self, user: UserId, verified: &str) -> rusqlite::Result<bool> {
        self.sql("SELECT 1 FROM user WHERE id = ? AND password_hash = ? AND password_hash != ''")?
            .exists(params![Id(user.0), verified])
    }

    /// Sets a password; links with which another could be set are no longer good.
    fn write_password(&self, user: UserId, hash: &str) -> rusqlite::Result<()> {
        self.sql("UPDATE user SET password_hash = ? WHERE id = ?")?.execute(params![hash, Id(user.0)])?;
        self.sql("DELETE FROM reset WHERE user = ?")?.execute([Id(user.0)]).map(|_| ())
    }
}
