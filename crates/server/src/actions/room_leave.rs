//! Leaving a room.

use chinwag_model::{RoomId, Scope};
use serde::Deserialize;

use super::{Action, At, Needs, once};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Ends one's own membership.
#[derive(Deserialize)]
pub(crate) struct RoomLeave {
    pub(crate) room: RoomId,
    pub(crate) nonce: Option<String>,
}

impl Action for RoomLeave {
    const EVENT: &'static str = "room:leave";
    const NEEDS: Needs = Needs::Scope(Scope::Rooms);
    type Answer = At;

    async fn act(self, app: &App, who: &Who) -> Result<At, Error> {
        limits::take(app, Limited::Membership(&who.user)).await?;
        let once = once(self.nonce, &[Self::EVENT.as_bytes()])?;
        Ok(At { rev: app.store.leave(self.room, who.user.id, once).await? })
    }
}
