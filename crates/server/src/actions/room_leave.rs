//! Leaving a room.

use chinwag_model::RoomId;
use serde::Deserialize;

use super::{Action, At, once};
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
    type Answer = At;

    async fn run(self, app: &App, who: &Who) -> Result<At, Error> {
        limits::take(app, Limited::Membership(&who.user)).await?;
        let once = once(self.nonce, &[Self::EVENT.as_bytes()])?;
        Ok(At { rev: app.store.leave(self.room, who.user.id, once).await? })
    }
}
