//! Passwords.

use chinwag_model::permission::Action;
use chinwag_model::{Refusal, Role, SessionKey, UserId};

use super::Batch;
use super::{Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::{Changed, Confirmation, NewReset, NewSession, PasswordReset};

/// Sets a password and ends all sessions of its owner.
#[derive(Clone)]
pub(crate) struct SetPassword {
    pub(crate) user: UserId,
    pub(crate) password_hash: String,
}

impl Command for SetPassword {
    type Answer = Changed;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Changed, Failed> {
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
#[derive(Clone)]
pub(crate) struct ChangePassword {
    pub(crate) user: UserId,
    pub(crate) confirmation: Confirmation,
    pub(crate) password_hash: String,
    pub(crate) keep: SessionKey,
}

impl Command for ChangePassword {
    type Answer = Option<Changed>;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, Failed> {
        let user = batch.permit_anywhere(Action::ChangePassword, self.user, None)?;
        if !batch.is_confirmed(self.user, &self.confirmation)? {
            return Ok(None);
        }
        batch.write_password(self.user, &self.password_hash)?;
        let ended = batch.end_all_sessions(self.user, Some(self.keep))?;
        batch.audit(Some(self.user), "password.changed", None, None, "")?;
        Ok(Some(Changed { user, stale: Vec::new(), ended }))
    }
}

/// Makes a link with which somebody sets a new password.
#[derive(Clone)]
pub(crate) struct MakeReset {
    pub(crate) by: Option<UserId>,
    pub(crate) reset: NewReset,
}

impl Command for MakeReset {
    type Answer = chinwag_model::User;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.reset.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, Failed> {
        let Self { by, reset } = self;
        let user = batch.subject(Action::MakeResetLink, by, reset.user)?.user;
        if user.role == Role::Guest {
            return Err(Refusal::UserUnknown.into());
        }
        batch.write(
            r#"INSERT INTO reset ("user", key, maker, expires_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT ("user") DO UPDATE SET key = excluded.key, maker = excluded.maker,
                   expires_at = excluded.expires_at"#,
            parameters![user.id, &reset.key, by, reset.expires_at],
        )?;
        batch.audit(by, "reset.made", Some(user.id), None, "")?;
        Ok(user)
    }
}

/// Sets a password by such a link.
#[derive(Clone)]
pub(crate) struct ResetPassword {
    pub(crate) key: SessionKey,
    pub(crate) password_hash: String,
    pub(crate) session: NewSession,
}

impl Command for ResetPassword {
    type Answer = PasswordReset;

    fn locks(&self, database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        let owner: Option<UserId> =
            database.first(r#"SELECT "user" FROM reset WHERE key = $1"#, parameters![&self.key], |row| {
                row.get(0)
            })?;
        Ok(owner.map_or_else(Locks::none, Locks::one))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, Failed> {
        let (user, maker) = batch
            .first(
                r#"DELETE FROM reset WHERE key = $1 AND expires_at > $2 RETURNING "user", maker"#,
                parameters![&self.key, batch.now()],
                |row| Ok((row.get::<UserId>(0)?, row.get::<Option<UserId>>(1)?)),
            )?
            .ok_or(Refusal::ResetInvalid)?;
        // Whoever made the link must still be allowed to: they may have less now, or the other more.
        if let Err(Failed::Refused(_)) = batch.subject(Action::MakeResetLink, maker, user) {
            return Err(Refusal::ResetInvalid.into());
        }
        let user = batch.actor(user)?.user;
        batch.write_password(user.id, &self.password_hash)?;
        let ended = batch.end_all_sessions(user.id, None)?;
        // The link stands for the password alone.
        let signed_in = !batch.has_second_factor(user.id)?;
        if signed_in {
            batch.begin_session(user.id, &self.session)?;
        }
        batch.audit(Some(user.id), "password.reset", None, None, "")?;
        Ok(PasswordReset { changed: Changed { user, stale: Vec::new(), ended }, signed_in })
    }
}

impl Batch<'_> {
    /// Whether somebody's password has this hash. It may have been changed since its hash was compared.
    pub(super) fn has_password(&self, user: UserId, verified: &str) -> Result<bool, DatabaseError> {
        self.exists(
            r#"SELECT 1 FROM "user" WHERE id = $1 AND password_hash = $2 AND password_hash != ''"#,
            parameters![user, verified],
        )
    }

    /// Sets a password; links with which another could be set are no longer good.
    fn write_password(&self, user: UserId, hash: &str) -> Result<(), DatabaseError> {
        self.write(r#"UPDATE "user" SET password_hash = $1 WHERE id = $2"#, parameters![hash, user])?;
        self.write(r#"DELETE FROM reset WHERE "user" = $1"#, parameters![user])
    }
}
