//! Making an invitation.

use std::time::Duration;

use chinwag_model::{Line, Millis, Scope};
use chinwag_store::{INVITATION_USES, NewInvitation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Action, Needs};
use crate::accounts::{new_token, now};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};
use crate::links;

/// Longest time for which an invitation is good, in hours: a year.
pub(crate) const INVITATION_HOURS: u32 = 365 * 24;

/// Makes a link with which accounts are made.
#[derive(Deserialize)]
pub(crate) struct InvitationMake {
    /// What it is for.
    #[serde(default)]
    pub(crate) note: String,
    /// How many accounts may be made with it.
    pub(crate) uses: u32,
    /// How long it is good.
    pub(crate) hours: u32,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) id: Uuid,
    /// Shown now and never again.
    pub(crate) path: String,
    pub(crate) expires_at: Millis,
}

impl Action for InvitationMake {
    const EVENT: &'static str = "invitation:make";
    const NEEDS: Needs = Needs::Scope(Scope::Administration);
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        if !(1..=INVITATION_USES).contains(&self.uses) {
            return Err(Error::PayloadInvalid(format!("uses: a whole number from 1 to {INVITATION_USES}.")));
        }
        if !(1..=INVITATION_HOURS).contains(&self.hours) {
            return Err(Error::PayloadInvalid(format!(
                "hours: a whole number from 1 to {INVITATION_HOURS}."
            )));
        }
        let note = Line::note(&self.note)?;
        limits::take(app, Limited::Administration(who.user.id)).await?;
        let (id, token) = (Uuid::now_v7(), new_token()?);
        let expires_at = now().plus(Duration::from_secs(u64::from(self.hours) * 3_600));
        let invitation = NewInvitation { id, key: token.key(), note, expires_at, most_uses: self.uses };
        app.store.make_invitation(who.user.id, invitation).await?;
        Ok(Answer { id, path: links::path(links::INVITATION, &token), expires_at })
    }
}
