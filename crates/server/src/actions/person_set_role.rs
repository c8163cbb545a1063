//! Giving somebody another role in the workspace.

use chinwag_model::{Role, UserId};
use chinwag_store::Decision;
use serde::Deserialize;

use super::{Action, Decided, Needs, decide};
use crate::app::{App, Who};
use crate::error::Error;

/// Gives somebody another role in the workspace.
#[derive(Deserialize)]
pub(crate) struct PersonSetRole {
    pub(crate) user: UserId,
    pub(crate) role: Role,
    #[serde(default)]
    pub(crate) reason: String,
}

impl Action for PersonSetRole {
    const EVENT: &'static str = "person:set_role";
    const NEEDS: Needs = Needs::Session;
    type Answer = Decided;

    async fn act(self, app: &App, who: &Who) -> Result<Decided, Error> {
        decide(app, who, self.user, Decision::SetRole(self.role), &self.reason).await
    }
}
