//! Removing somebody from a room.

use chinwag_model::{RoomId, Scope, UserId};
use serde::Deserialize;

use super::{Action, At, Needs, once};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Ends another's membership.
#[derive(Deserialize)]
pub(crate) struct RoomRemove {
    pub(crate) room: RoomId,
    pub(crate) user: UserId,
    pub(crate) nonce: Option<String>,
}

impl Action for RoomRemove {
    const EVENT: &'static str = "room:remove";
    const NEEDS: Needs = Needs::Scope(Scope::Rooms);
    type Answer = At;

    async fn act(self, app: &App, who: &Who) -> Result<At, Error> {
        limits::take(app, Limited::RoomDecision(who.user.id)).await?;
        let once = once(self.nonce, &[Self::EVENT.as_bytes(), self.user.as_bytes()])?;
        let rev = app.store.remove(self.room, self.user, who.user.id, once).await?;
        tracing::info!(room = %self.room, user = %self.user, by = %who.user.id, "somebody was removed from a room");
        Ok(At { rev })
    }
}
