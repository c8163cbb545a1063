//! Invitations that were made.

use chinwag_model::{Millis, Scope};
use chinwag_store::Invitation;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Action, Limit, Needs};
use crate::accounts::now;
use crate::app::{App, Who};
use crate::error::Error;

/// Loads a page of invitations, the newest first.
#[derive(Deserialize)]
pub(crate) struct InvitationList {
    pub(crate) before: Option<Uuid>,
    #[serde(default)]
    pub(crate) limit: Limit,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) invitations: Vec<Listed>,
    pub(crate) more: bool,
}

#[derive(Serialize)]
pub(crate) struct Listed {
    pub(crate) id: Uuid,
    pub(crate) maker: String,
    pub(crate) note: String,
    pub(crate) at: Millis,
    pub(crate) expires_at: Millis,
    pub(crate) uses: u32,
    pub(crate) most_uses: u32,
    pub(crate) revoked: bool,
    /// Whether an account can be made with it.
    pub(crate) good: bool,
}

impl From<Invitation> for Listed {
    fn from(invitation: Invitation) -> Self {
        let good = invitation.is_good(now());
        let Invitation { id, maker, note, at, expires_at, uses, most_uses, revoked_at } = invitation;
        Self { id, maker, note, at, expires_at, uses, most_uses, revoked: revoked_at.is_some(), good }
    }
}

impl Action for InvitationList {
    const EVENT: &'static str = "invitation:list";
    const NEEDS: Needs = Needs::Scope(Scope::Administration);
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        let limit = self.limit.get();
        let mut found = app.store.invitations(who.user.id, self.before, limit + 1).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        Ok(Answer { invitations: found.into_iter().map(Into::into).collect(), more })
    }
}
