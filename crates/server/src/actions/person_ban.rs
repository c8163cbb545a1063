//! Banning somebody.

use chinwag_model::{Scope, UserId};
use chinwag_store::Decision;
use serde::Deserialize;

use super::{Action, Decided, Needs, decide};
use crate::app::{App, Who};
use crate::error::Error;

/// Ends somebody's sessions and memberships and lets them begin none.
#[derive(Deserialize)]
pub(crate) struct PersonBan {
    pub(crate) user: UserId,
    #[serde(default)]
    pub(crate) remove_messages: bool,
    #[serde(default)]
    pub(crate) reason: String,
}

impl Action for PersonBan {
    const EVENT: &'static str = "person:ban";
    const NEEDS: Needs = Needs::Scope(Scope::Administration);
    type Answer = Decided;

    async fn act(self, app: &App, who: &Who) -> Result<Decided, Error> {
        let decision = Decision::Ban { remove_messages: self.remove_messages };
        decide(app, who, self.user, decision, &self.reason).await
    }
}
