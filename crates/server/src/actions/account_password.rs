//! Changing one's own password.

use chinwag_model::Password;
use serde::Deserialize;

use super::{Action, Nothing};
use crate::accounts::{check_own, settle};
use crate::app::{App, Who};
use crate::error::Error;

/// Sets a new password, which ends all other sessions.
#[derive(Deserialize)]
pub(crate) struct AccountPassword {
    pub(crate) present: String,
    pub(crate) new: String,
}

impl Action for AccountPassword {
    const EVENT: &'static str = "account:password";
    type Answer = Nothing;

    async fn run(self, app: &App, who: &Who) -> Result<Nothing, Error> {
        let new = Password::parse_new(self.new)?;
        let verified = check_own(app, who.user.id, self.present).await?;
        let hash = app.passwords.hash(new).await?;
        let changed = app.store.change_password(who.user.id, verified, hash, who.session).await?;
        settle(app, changed.ok_or(Error::PasswordWrong)?).await;
        Ok(Nothing {})
    }
}
