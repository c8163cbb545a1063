//! Invitations.

use chinwag_model::permission::Action;
use chinwag_model::{Refusal, SessionKey, UserId};
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::Batch;
use crate::sqlite::rows::Id;
use crate::sqlite::writer::{Command, WriteError};
use crate::{INVITATION_USES, NewInvitation};

/// Makes an invitation.
pub(in crate::sqlite) struct MakeInvitation {
    pub(in crate::sqlite) by: UserId,
    pub(in crate::sqlite) invitation: NewInvitation,
}

impl Command for MakeInvitation {
    type Answer = ();

    fn execute(self, batch: &mut Batch<'_>) -> Result<(), WriteError> {
        let Self { by, invitation } = self;
        batch.permit_anywhere(Action::Invite, by, None)?;
        batch
            .sql(
                "INSERT INTO invitation (id, key, maker, note, at, expires_at, uses, most_uses)
                 VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
            )?
            .execute(params![
                Id(invitation.id),
                invitation.key.0,
                Id(by.0),
                invitation.note.as_str(),
                batch.now().0,
                invitation.expires_at.0,
                invitation.most_uses.clamp(1, INVITATION_USES)
            ])?;
        batch.audit(Some(by), "invitation.made", None, None, invitation.note.as_str())?;
        Ok(())
    }
}

/// Revokes an invitation.
pub(in crate::sqlite) struct RevokeInvitation {
    pub(in crate::sqlite) by: UserId,
    pub(in crate::sqlite) id: Uuid,
}

impl Command for RevokeInvitation {
    type Answer = ();

    fn execute(self, batch: &mut Batch<'_>) -> Result<(), WriteError> {
        batch.permit_anywhere(Action::Invite, self.by, None)?;
        let note = batch
            .sql("UPDATE invitation SET revoked_at = coalesce(revoked_at, ?) WHERE id = ? RETURNING note")?
            .query_row(params![batch.now().0, Id(self.id)], |row| row.get::<_, String>(0))
            .optional()?
            .ok_or(Refusal::InvitationUnknown)?;
        batch.audit(Some(self.by), "invitation.revoked", None, None, &note)?;
        Ok(())
    }
}

impl Batch<'_> {
    /// Uses up one of an invitation, for somebody who is being made.
    pub(super) fn use_invitation(&mut self, key: SessionKey, user: UserId) -> Result<(), WriteError> {
        let maker = self
            .sql(
                "UPDATE invitation SET uses = uses + 1
                 WHERE key = ? AND revoked_at IS NULL AND uses < most_uses AND expires_at > ? RETURNING maker, note",
            )?
            .query_row(params![key.0, self.now().0], |row| Ok((row.get::<_, Id>(0)?, row.get::<_, String>(1)?)))
            .optional()?;
        let Some((maker, note)) = maker else { return Err(Refusal::InvitationInvalid.into()) };
        // An invitation does not outlive the right to invite.
        if let Err(WriteError::Refused(_)) = self.permit_anywhere(Action::Invite, UserId(maker.0), None) {
            return Err(Refusal::InvitationInvalid.into());
        }
        Ok(self.audit(Some(UserId(maker.0)), "invitation.used", Some(user), None, &note)?)
    }
}
