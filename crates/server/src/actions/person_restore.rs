//! Lifting a suspension or a ban.

use chinwag_model::UserId;
use chinwag_store::Decision;
use serde::Deserialize;

use super::{Action, Decided, decide};
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
    type Answer = Decided;

    async fn run(self, app: &App, who: &Who) -> Result<Decided, Error> {
        decide(app, who, self.user, Decision::Restore, &self.reason).await
    }
}
