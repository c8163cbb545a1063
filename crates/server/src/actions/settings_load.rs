//! What administrators have decided about the workspace.

use chinwag_model::{Scope, WorkspaceSettings};
use serde::{Deserialize, Serialize};

use super::{Action, Needs};
use crate::app::{App, Who};
use crate::error::Error;
use crate::rules::Effective;

/// Loads the settings.
#[derive(Deserialize)]
pub(crate) struct SettingsLoad {}

#[derive(Serialize)]
pub(crate) struct Answer {
    /// What administrators have decided; `null` where they have not.
    pub(crate) decided: WorkspaceSettings,
    /// What holds where they have not: what the server was started with.
    pub(crate) configured: Effective,
}

impl Action for SettingsLoad {
    const EVENT: &'static str = "settings:load";
    const NEEDS: Needs = Needs::Scope(Scope::Administration);
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        app.store.may_see_settings(who.user.id).await?;
        Ok(Answer { decided: app.store.settings().await?, configured: app.rules.configured() })
    }
}
