//! Giving a room another name.

use chinwag_model::{RoomId, RoomName, Scope};
use serde::Deserialize;

use super::{Action, At, Needs, once};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Gives a room another name.
#[derive(Deserialize)]
pub(crate) struct RoomRename {
    pub(crate) room: RoomId,
    pub(crate) name: String,
    pub(crate) nonce: Option<String>,
}

impl Action for RoomRename {
    const EVENT: &'static str = "room:rename";
    const NEEDS: Needs = Needs::Scope(Scope::Rooms);
    type Answer = At;

    async fn act(self, app: &App, who: &Who) -> Result<At, Error> {
        limits::take(app, Limited::RoomDecision(who.user.id)).await?;
        let name = RoomName::parse(&self.name)?;
        let once = once(self.nonce, &[Self::EVENT.as_bytes(), name.as_str().as_bytes()])?;
        Ok(At { rev: app.store.rename_room(self.room, name, who.user.id, once).await? })
    }
}
