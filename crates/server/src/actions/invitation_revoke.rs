//! Revoking an invitation.

use chinwag_model::Scope;
use serde::Deserialize;
use uuid::Uuid;

use super::{Action, Needs, Nothing};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Makes an invitation useless.
#[derive(Deserialize)]
pub(crate) struct InvitationRevoke {
    pub(crate) invitation: Uuid,
}

impl Action for InvitationRevoke {
    const EVENT: &'static str = "invitation:revoke";
    const NEEDS: Needs = Needs::Scope(Scope::Administration);
    type Answer = Nothing;

    async fn act(self, app: &App, who: &Who) -> Result<Nothing, Error> {
        limits::take(app, Limited::Administration(who.user.id)).await?;
        app.store.revoke_invitation(who.user.id, self.invitation).await?;
        Ok(Nothing {})
    }
}
