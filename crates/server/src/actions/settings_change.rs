//! Deciding about the workspace.

use chinwag_model::WorkspaceSettings;
use serde::Deserialize;

use super::{Action, Needs, Nothing};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};
use crate::rules::LIMIT_MOST;

/// Replaces the settings: what is not among them is as the server was started.
#[derive(Deserialize)]
pub(crate) struct SettingsChange {
    pub(crate) settings: WorkspaceSettings,
}

impl Action for SettingsChange {
    const EVENT: &'static str = "settings:change";
    const NEEDS: Needs = Needs::Session;
    type Answer = Nothing;

    async fn act(self, app: &App, who: &Who) -> Result<Nothing, Error> {
        let limits = &self.settings.limits;
        let given = [
            limits.sign_in_per_minute,
            limits.accounts_per_hour,
            limits.messages_per_minute,
            limits.guest_messages_per_minute,
            limits.rooms_per_hour,
        ];
        if given.into_iter().flatten().any(|limit| !(1..=LIMIT_MOST).contains(&limit)) {
            return Err(Error::PayloadInvalid(format!("A limit is a whole number from 1 to {LIMIT_MOST}.")));
        }
        limits::take(app, Limited::Administration(who.user.id)).await?;
        app.store.change_settings(Some(who.user.id), self.settings).await?;
        app.rules.decide(self.settings);
        Ok(Nothing {})
    }
}
