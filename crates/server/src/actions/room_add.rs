//! Bringing somebody into a room.

use chinwag_model::{RoomId, Scope, UserId};
use serde::Deserialize;

use super::{Action, At, Needs, once};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Makes another a member.
#[derive(Deserialize)]
pub(crate) struct RoomAdd {
    pub(crate) room: RoomId,
    pub(crate) user: UserId,
    pub(crate) nonce: Option<String>,
}

impl Action for RoomAdd {
    const EVENT: &'static str = "room:add";
    const NEEDS: Needs = Needs::Scope(Scope::Rooms);
    type Answer = At;

    async fn act(self, app: &App, who: &Who) -> Result<At, Error> {
        limits::take(app, Limited::Room(who.user.id)).await?;
        let once = once(self.nonce, &[Self::EVENT.as_bytes(), self.user.as_bytes()])?;
        Ok(At { rev: app.store.add(self.room, self.user, who.user.id, once).await? })
    }
}
