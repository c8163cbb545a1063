//! Deleting one's own account.

use chinwag_model::DeletedAccounts;
use serde::Deserialize;

use super::{Action, Needs, Nothing};
use crate::accounts::{confirm, not_confirmed, settle};
use crate::app::{App, Who};
use crate::error::Error;

/// Deletes one's own account. What becomes of its messages is for administrators to decide.
#[derive(Deserialize)]
pub(crate) struct AccountDelete {
    /// Who has none leaves it out.
    #[serde(default)]
    pub(crate) password: Option<String>,
}

impl Action for AccountDelete {
    const EVENT: &'static str = "account:delete";
    const NEEDS: Needs = Needs::Session;
    type Answer = Nothing;

    async fn act(self, app: &App, who: &Who) -> Result<Nothing, Error> {
        let confirmation = confirm(app, who, self.password).await?;
        let remove = app.rules.now().deleted_accounts == DeletedAccounts::RemoveMessages;
        let changed = app.store.delete_account(who.user.id, confirmation.clone(), remove).await?;
        settle(app, changed.ok_or_else(|| not_confirmed(&confirmation))?).await;
        tracing::info!(user = %who.user.id, "an account was deleted by its owner");
        Ok(Nothing {})
    }
}
