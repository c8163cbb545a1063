//! Making a room.

use chinwag_model::{Rev, Room, RoomId, RoomName};
use chinwag_store::NewRoom;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Action, once};
use crate::app::{App, Who};
use crate::error::Error;

/// Makes an open room and goes in.
#[derive(Deserialize)]
pub(crate) struct RoomCreate {
    pub(crate) name: String,
    pub(crate) nonce: Option<String>,
}

/// A room that one is in now.
#[derive(Serialize)]
pub(crate) struct InRoom {
    pub(crate) room: Room,
    pub(crate) rev: Rev,
}

impl Action for RoomCreate {
    const EVENT: &'static str = "room:create";
    type Answer = InRoom;

    async fn run(self, app: &App, who: &Who) -> Result<InRoom, Error> {
        let name = RoomName::parse(&self.name)?;
        let once = once(self.nonce, &[Self::EVENT.as_bytes(), name.as_str().as_bytes()])?;
        let room = NewRoom { id: RoomId(Uuid::now_v7()), name, maker: who.user.id };
        let made = app.store.create_room(room, once).await?;
        app.hub.follow(who.user.id).await;
        Ok(InRoom { room: made.room, rev: made.rev })
    }
}
