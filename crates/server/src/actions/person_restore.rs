//! Lifting a suspension or a ban.

use chinwag_model::{Scope, UserId};
use chinwag_store::Decision;
use serde::Deserialize;

use super::{Action, Decided, Needs, decide};
use crate::app::{App, Who};
use crate::error::Error;

/// Lets somebody come in again.
#[derive(Deserialize)]
pub(crate) struct PersonRestore {
    pub(crate) user: UserId,
    #[serde(default)]
    pub(crate) reason: String,
}

impl Action for PersonRestore {
    const EVENT: &'static str = "person:restore";
    const NEEDS: Needs = Needs::Scope(Scope::Administration);
    type Answer = Decided;

    async fn act(self, app: &App, who: &Who) -> Result<Decided, Error> {
        decide(app, who, self.user, Decision::Restore, &self.reason).await
    }
}
