//! Muting somebody, or letting them speak again.

use chinwag_model::{Millis, Scope, UserId};
use chinwag_store::Decision;
use serde::Deserialize;

use super::{Action, Decided, Needs, decide};
use crate::app::{App, Who};
use crate::error::Error;

/// The last moment that calendars have: 9999-12-31 23:59:59.
pub(crate) const FOREVER: Millis = Millis(253_402_300_799_000);

/// Takes somebody's right to write until a time, or gives it back with a time that is over.
#[derive(Deserialize)]
pub(crate) struct PersonMute {
    pub(crate) user: UserId,
    /// In milliseconds since 1970.
    pub(crate) until: Millis,
    #[serde(default)]
    pub(crate) reason: String,
}

impl Action for PersonMute {
    const EVENT: &'static str = "person:mute";
    const NEEDS: Needs = Needs::Scope(Scope::Administration);
    type Answer = Decided;

    async fn act(self, app: &App, who: &Who) -> Result<Decided, Error> {
        let until = self.until.min(FOREVER);
        let decision = if until.0 > 0 { Decision::Mute(until) } else { Decision::Unmute };
        decide(app, who, self.user, decision, &self.reason).await
    }
}
