//! Changing how one is shown.

use chinwag_model::{Line, Scope, User, UserName};
use chinwag_store::Profile;
use serde::{Deserialize, Serialize};

use super::{Action, Needs};
use crate::accounts::settle;
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Changes one's own name and status; what is not given stays.
#[derive(Deserialize)]
pub(crate) struct AccountProfile {
    pub(crate) name: Option<String>,
    pub(crate) status: Option<String>,
}

/// Who somebody is now.
#[derive(Serialize)]
pub(crate) struct Shown {
    pub(crate) user: User,
}

impl Action for AccountProfile {
    const EVENT: &'static str = "account:profile";
    const NEEDS: Needs = Needs::Scope(Scope::Profile);
    type Answer = Shown;

    async fn act(self, app: &App, who: &Who) -> Result<Shown, Error> {
        let name = self.name.map(|name| UserName::parse(&name)).transpose()?;
        let status = self.status.map(|status| Line::status(&status)).transpose()?;
        limits::take(app, Limited::Profile(who.user.id)).await?;
        let changed = app.store.change_profile(who.user.id, Profile { name, status }).await?;
        Ok(Shown { user: settle(app, changed).await })
    }
}
