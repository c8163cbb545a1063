//! Changing one's own password.

use chinwag_model::Password;
use serde::Deserialize;

use super::{Action, Needs, Nothing};
use crate::accounts::{confirm, not_confirmed, settle};
use crate::app::{App, Who};
use crate::error::Error;

/// Sets a new password, which ends all other sessions.
#[derive(Deserialize)]
pub(crate) struct AccountPassword {
    /// Who has none yet leaves it out.
    #[serde(default)]
    pub(crate) present: Option<String>,
    pub(crate) new: String,
}

impl Action for AccountPassword {
    const EVENT: &'static str = "account:password";
    const NEEDS: Needs = Needs::Session;
    type Answer = Nothing;

    async fn act(self, app: &App, who: &Who) -> Result<Nothing, Error> {
        let new = Password::parse_new(self.new)?;
        let confirmation = confirm(app, who, self.present).await?;
        let hash = app.passwords.hash(new).await?;
        let changed = app.store.change_password(who.user.id, confirmation.clone(), hash, who.session).await?;
        settle(app, changed.ok_or_else(|| not_confirmed(&confirmation))?).await;
        Ok(Nothing {})
    }
}
