//! Suspending somebody.

use chinwag_model::{Scope, UserId};
use chinwag_store::Decision;
use serde::Deserialize;

use super::{Action, Decided, Needs, decide};
use crate::app::{App, Who};
use crate::error::Error;

/// Ends somebody's sessions and lets them begin none.
#[derive(Deserialize)]
pub(crate) struct PersonSuspend {
    pub(crate) user: UserId,
    #[serde(default)]
    pub(crate) reason: String,
}

impl Action for PersonSuspend {
    const EVENT: &'static str = "person:suspend";
    const NEEDS: Needs = Needs::Scope(Scope::Administration);
    type Answer = Decided;

    async fn act(self, app: &App, who: &Who) -> Result<Decided, Error> {
        decide(app, who, self.user, Decision::Suspend, &self.reason).await
    }
}
