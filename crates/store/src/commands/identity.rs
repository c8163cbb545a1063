//! Accounts at other services by which somebody signs in.

use chinwag_model::permission::Action;
use chinwag_model::{Refusal, SessionKey, UserId};

use super::Batch;
use super::{Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::{Confirmation, IDENTITIES_PER_USER, NewIdentity};

/// Links one.
#[derive(Clone)]
pub(crate) struct LinkIdentity {
    pub(crate) user: UserId,
    pub(crate) session: SessionKey,
    pub(crate) identity: NewIdentity,
}

impl Command for LinkIdentity {
    type Answer = Option<()>;

    fn locks(&self, _database: &dyn Database, installation: &Installation) -> Result<Locks, DatabaseError> {
        // As with names, of two who come at once one is told that it is taken.
        Ok(Locks::one(installation.workspace).and(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, Failed> {
        let Self { user, session, identity } = self;
        batch.permit_anywhere(Action::LinkIdentity, user, None)?;
        let is_signed_in = batch.exists(
            r#"SELECT 1 FROM session WHERE key = $1 AND "user" = $2 AND expires_at > $3 AND scopes IS NULL"#,
            parameters![&session, user, batch.now()],
        )?;
        if !is_signed_in {
            return Ok(None);
        }
        let there: Vec<()> = batch.all(
            r#"SELECT 1 FROM identity WHERE "user" = $1 AND NOT (issuer = $2 AND subject = $3)"#,
            parameters![user, &identity.issuer, &identity.subject],
            |_| Ok(()),
        )?;
        if there.len() >= IDENTITIES_PER_USER {
            return Err(Refusal::TooManyIdentities.into());
        }
        batch.claim_identity(user, &identity)?;
        batch.audit(Some(user), "identity.linked", None, None, &identity.issuer)?;
        Ok(Some(()))
    }
}

/// Takes one from one's own account.
#[derive(Clone)]
pub(crate) struct UnlinkIdentity {
    pub(crate) user: UserId,
    pub(crate) confirmation: Confirmation,
    pub(crate) issuer: String,
    pub(crate) subject: String,
}

impl Command for UnlinkIdentity {
    type Answer = Option<()>;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, Failed> {
        let Self { user, confirmation, issuer, subject } = self;
        batch.permit_anywhere(Action::LinkIdentity, user, None)?;
        if !batch.is_confirmed(user, &confirmation)? {
            return Ok(None);
        }
        let gone = batch.execute(
            r#"DELETE FROM identity WHERE issuer = $1 AND subject = $2 AND "user" = $3"#,
            parameters![&issuer, &subject, user],
        )?;
        if gone == 0 {
            return Ok(Some(()));
        }
        if !batch.has_way_in(user)? {
            return Err(Refusal::LastWayIn.into());
        }
        batch.audit(Some(user), "identity.unlinked", None, None, &issuer)?;
        Ok(Some(()))
    }
}

impl Batch<'_> {
    /// Links an account at another service to somebody's, or notes what they are called there if it is linked already.
    pub(super) fn claim_identity(&mut self, user: UserId, identity: &NewIdentity) -> Result<(), Failed> {
        let claimed = self.execute(
            r#"INSERT INTO identity (issuer, subject, "user", name, at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name
               WHERE identity."user" = excluded."user""#,
            parameters![&identity.issuer, &identity.subject, user, &identity.name, self.now()],
        )?;
        if claimed == 0 { Err(Refusal::IdentityTaken.into()) } else { Ok(()) }
    }

    /// Whether anything lets somebody in, once they have signed out.
    fn has_way_in(&self, user: UserId) -> Result<bool, DatabaseError> {
        self.exists(
            r#"SELECT 1 FROM "user" WHERE id = $1
                 AND (password_hash != '' OR EXISTS (SELECT 1 FROM identity WHERE identity."user" = $1))"#,
            parameters![user],
        )
    }
}
