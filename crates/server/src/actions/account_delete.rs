//! Deleting one's own account.

use chinwag_model::DeletedAccounts;
use serde::Deserialize;

use super::{Action, Nothing};
use crate::accounts::{check_own, settle};
use crate::app::{App, Who};
use crate::error::Error;

/// Deletes one's own account. What becomes of its messages is for administrators to decide.
#[derive(Deserialize)]
pub(crate) struct AccountDelete {
    pub(crate) password: String,
}

impl Action for AccountDelete {
    const EVENT: &'static str = "account:delete";
    type Answer = Nothing;

    async fn run(self, app: &App, who: &Who) -> Result<Nothing, Error> {
        let verified = check_own(app, who.user.id, self.password).await?;
        let remove = app.rules.now().deleted_accounts == DeletedAccounts::RemoveMessages;
        let changed = app.store.delete_account(who.user.id, verified, remove).await?;
        settle(app, changed.ok_or(Error::PasswordWrong)?).await;
        tracing::info!(user = %who.user.id, "an account was deleted by its owner");
        Ok(Nothing {})
    }
}
