//! Joining a room.

use chinwag_model::{RoomId, Scope};
use serde::Deserialize;

use super::room_create::InRoom;
use super::{Action, Needs, once};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Becomes a member of an open room.
#[derive(Deserialize)]
pub(crate) struct RoomJoin {
    pub(crate) room: RoomId,
    pub(crate) nonce: Option<String>,
}

impl Action for RoomJoin {
    const EVENT: &'static str = "room:join";
    const NEEDS: Needs = Needs::Scope(Scope::Rooms);
    type Answer = InRoom;

    async fn act(self, app: &App, who: &Who) -> Result<InRoom, Error> {
        limits::take(app, Limited::Membership(&who.user)).await?;
        let once = once(self.nonce, &[Self::EVENT.as_bytes()])?;
        let joined = app.store.join(self.room, who.user.id, once).await?;
        // Whoever is told that they are in must hear everything from then on.
        app.hub.follow(who.user.id).await;
        Ok(InRoom { room: joined.room, rev: joined.rev })
    }
}
