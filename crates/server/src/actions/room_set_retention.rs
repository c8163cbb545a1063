//! Setting for how long a room keeps its messages.

use chinwag_model::{Days, RoomId, Scope};
use serde::{Deserialize, Deserializer};

use super::{Action, At, Needs, once};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Sets for how long a room keeps its messages. Its members are told before anything is removed.
#[derive(Deserialize)]
pub(crate) struct RoomSetRetention {
    pub(crate) room: RoomId,
    #[serde(flatten)]
    pub(crate) kept: Kept,
}

/// For how long.
#[derive(Deserialize)]
pub(crate) struct Kept {
    /// For so many days; none: for ever. It must be there: who leaves it out has not said so.
    #[serde(deserialize_with = "number_or_null")]
    pub(crate) days: Option<u32>,
    pub(crate) nonce: Option<String>,
}

/// Unlike that of an `Option`, not for a field that is missing.
fn number_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    Option::deserialize(deserializer)
}

impl Action for RoomSetRetention {
    const EVENT: &'static str = "room:set_retention";
    const NEEDS: Needs = Needs::Scope(Scope::Rooms);
    type Answer = At;

    async fn act(self, app: &App, who: &Who) -> Result<At, Error> {
        limits::take(app, Limited::RoomDecision(who.user.id)).await?;
        let Kept { days, nonce } = self.kept;
        let days = days.map(Days::new).transpose()?;
        let once = once(nonce, &[Self::EVENT.as_bytes(), &days.map_or(0, Days::get).to_le_bytes()])?;
        Ok(At { rev: app.store.set_retention(self.room, days, who.user.id, once).await? })
    }
}
