//! What administrators have decided about the workspace.

use chinwag_model::{DeletedAccounts, SignUp, WorkspaceSettings};
use serde::{Deserialize, Serialize};

use super::Action;
use crate::app::{App, Who};
use crate::error::Error;
use crate::rules::{Effective, EffectiveLimits};

/// Loads the settings.
#[derive(Deserialize)]
pub(crate) struct SettingsLoad {}

#[derive(Serialize)]
pub(crate) struct Answer {
    /// What administrators have decided; `null` where they have not.
    pub(crate) decided: WorkspaceSettings,
    /// What holds where they have not: what the server was started with.
    pub(crate) configured: Holding,
}

/// What holds.
#[derive(Serialize)]
pub(crate) struct Holding {
    pub(crate) sign_up: SignUp,
    pub(crate) guests: bool,
    pub(crate) deleted_accounts: DeletedAccounts,
    pub(crate) limits: EffectiveLimits,
}

impl From<Effective> for Holding {
    fn from(effective: Effective) -> Self {
        let Effective { sign_up, guests, deleted_accounts, limits } = effective;
        Self { sign_up, guests, deleted_accounts, limits }
    }
}

impl Action for SettingsLoad {
    const EVENT: &'static str = "settings:load";
    type Answer = Answer;

    async fn run(self, app: &App, who: &Who) -> Result<Answer, Error> {
        app.store.may_see_settings(who.user.id).await?;
        Ok(Answer { decided: app.store.settings().await?, configured: app.rules.configured().into() })
    }
}
