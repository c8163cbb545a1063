//! Invitations.

use chinwag_model::permission::Action;
use chinwag_model::{Refusal, SessionKey, UserId};
use uuid::Uuid;

use super::Batch;
use super::{Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::{INVITATION_USES, NewInvitation};

/// Makes an invitation.
#[derive(Clone)]
pub(crate) struct MakeInvitation {
    pub(crate) by: UserId,
    pub(crate) invitation: NewInvitation,
}

impl Command for MakeInvitation {
    type Answer = ();

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<(), Failed> {
        let Self { by, invitation } = self;
        batch.permit_anywhere(Action::Invite, by, None)?;
        batch.write(
            "INSERT INTO invitation (id, key, maker, note, at, expires_at, uses, most_uses)
                 VALUES ($1, $2, $3, $4, $5, $6, 0, $7)",
            parameters![
                invitation.id,
                &invitation.key,
                by,
                invitation.note.as_str(),
                batch.now(),
                invitation.expires_at,
                invitation.most_uses.clamp(1, INVITATION_USES)
            ],
        )?;
        batch.audit(Some(by), "invitation.made", None, None, invitation.note.as_str())?;
        Ok(())
    }
}

/// Revokes an invitation.
#[derive(Clone)]
pub(crate) struct RevokeInvitation {
    pub(crate) by: UserId,
    pub(crate) id: Uuid,
}

impl Command for RevokeInvitation {
    type Answer = ();

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<(), Failed> {
        batch.permit_anywhere(Action::Invite, self.by, None)?;
        let note = batch
            .first(
                "UPDATE invitation SET revoked_at = coalesce(revoked_at, $1) WHERE id = $2 RETURNING note",
                parameters![batch.now(), self.id],
                |row| row.get::<String>(0),
            )?
            .ok_or(Refusal::InvitationUnknown)?;
        batch.audit(Some(self.by), "invitation.revoked", None, None, &note)?;
        Ok(())
    }
}

impl Batch<'_> {
    /// Uses up one of an invitation, for somebody who is being made.
    pub(super) fn use_invitation(&mut self, key: SessionKey, user: UserId) -> Result<(), Failed> {
        let maker = self.first(
            "UPDATE invitation SET uses = uses + 1
                 WHERE key = $1 AND revoked_at IS NULL AND uses < most_uses AND expires_at > $2
                 RETURNING maker, note",
            parameters![&key, self.now()],
            |row| Ok((row.get::<UserId>(0)?, row.get::<String>(1)?)),
        )?;
        let Some((maker, note)) = maker else { return Err(Refusal::InvitationInvalid.into()) };
        // An invitation does not outlive the right to invite.
        if let Err(Failed::Refused(_)) = self.permit_anywhere(Action::Invite, maker, None) {
            return Err(Refusal::InvitationInvalid.into());
        }
        Ok(self.audit(Some(maker), "invitation.used", Some(user), None, &note)?)
    }
}
