//! Second factors: setting them up, and taking them away.

use chinwag_model::permission::Action;
use chinwag_model::{Refusal, User, UserId};

use super::Batch;
use super::{Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::{Changed, Confirmation, NewSecondFactor, SecondProof};

/// Sets one up.
#[derive(Clone)]
pub(crate) struct SetSecondFactor {
    pub(crate) user: UserId,
    pub(crate) confirmation: Confirmation,
    pub(crate) new: NewSecondFactor,
}

impl Command for SetSecondFactor {
    type Answer = Option<Changed>;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, Failed> {
        let Self { user: id, confirmation, new } = self;
        let user = batch.permit_anywhere(Action::SecondFactor, id, None)?;
        if !batch.is_confirmed(id, &confirmation)? {
            return Ok(None);
        }
        if batch.has_second_factor(id)? {
            return Err(Refusal::SecondFactorExists.into());
        }
        batch.write(
            r#"INSERT INTO authenticator ("user", secret, at, last_step) VALUES ($1, $2, $3, $4)"#,
            parameters![id, &new.secret.0[..], batch.now(), new.step],
        )?;
        batch.write_recovery_codes(id, &new.recovery_codes)?;
        batch.audit(Some(id), "second_factor.set", None, None, "")?;
        batch.second_factor_changed(user).map(Some)
    }
}

/// Replaces the codes for whoever loses their app.
#[derive(Clone)]
pub(crate) struct RenewRecoveryCodes {
    pub(crate) user: UserId,
    pub(crate) confirmation: Confirmation,
    pub(crate) second: SecondProof,
    pub(crate) recovery_codes: Vec<Vec<u8>>,
}

impl Command for RenewRecoveryCodes {
    type Answer = bool;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<bool, Failed> {
        batch.permit_anywhere(Action::SecondFactor, self.user, None)?;
        if !batch.is_confirmed(self.user, &self.confirmation)?
            || !batch.use_second(self.user, &self.second)?
        {
            return Ok(false);
        }
        batch.write_recovery_codes(self.user, &self.recovery_codes)?;
        batch.audit(Some(self.user), "recovery_codes.made", None, None, "")?;
        Ok(true)
    }
}

/// Removes one's own.
#[derive(Clone)]
pub(crate) struct RemoveSecondFactor {
    pub(crate) user: UserId,
    pub(crate) confirmation: Confirmation,
    pub(crate) second: SecondProof,
}

impl Command for RemoveSecondFactor {
    type Answer = Option<Changed>;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, Failed> {
        let user = batch.permit_anywhere(Action::SecondFactor, self.user, None)?;
        if !batch.is_confirmed(self.user, &self.confirmation)?
            || !batch.use_second(self.user, &self.second)?
        {
            return Ok(None);
        }
        batch.forget_second_factor(self.user)?;
        batch.audit(Some(self.user), "second_factor.removed", None, None, "")?;
        batch.second_factor_changed(user).map(Some)
    }
}

/// Takes somebody else's away.
#[derive(Clone)]
pub(crate) struct TakeSecondFactor {
    pub(crate) by: Option<UserId>,
    pub(crate) user: UserId,
}

impl Command for TakeSecondFactor {
    type Answer = Changed;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Changed, Failed> {
        let user = batch.subject(Action::TakeSecondFactor, self.by, self.user)?.user;
        if !batch.has_second_factor(user.id)? {
            return Ok(Changed { user, stale: Vec::new(), ended: Vec::new() });
        }
        batch.forget_second_factor(user.id)?;
        let ended = batch.end_all_sessions(user.id, None)?;
        batch.audit(self.by, "second_factor.taken", Some(user.id), None, "")?;
        Ok(Changed { user, stale: Vec::new(), ended })
    }
}

impl Batch<'_> {
    /// Takes somebody's second factor from them.
    pub(super) fn forget_second_factor(&mut self, user: UserId) -> Result<(), DatabaseError> {
        self.write(r#"DELETE FROM authenticator WHERE "user" = $1"#, parameters![user])?;
        self.write_recovery_codes(user, &[])
    }

    fn write_recovery_codes(&mut self, user: UserId, hashes: &[Vec<u8>]) -> Result<(), DatabaseError> {
        self.write(r#"DELETE FROM recovery_code WHERE "user" = $1"#, parameters![user])?;
        for hash in hashes {
            self.write(
                r#"INSERT INTO recovery_code ("user", hash) VALUES ($1, $2)"#,
                parameters![user, &hash[..]],
            )?;
        }
        Ok(())
    }

    /// Whether somebody has one is known with their sessions.
    fn second_factor_changed(&mut self, user: User) -> Result<Changed, Failed> {
        let stale = self.stale_sessions(user.id)?;
        Ok(Changed { user, stale, ended: Vec::new() })
    }
}
