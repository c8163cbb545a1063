//! Making a room.

use chinwag_model::{Rev, Room, RoomId, RoomName, Scope};
use chinwag_store::{NamedKind, NewRoom};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Action, Needs, once};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Makes a room and goes in.
#[derive(Deserialize)]
pub(crate) struct RoomCreate {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) kind: NewKind,
    pub(crate) nonce: Option<String>,
}

/// The kinds that a room can be made as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NewKind {
    #[default]
    Open,
    Closed,
}

impl From<NewKind> for NamedKind {
    fn from(kind: NewKind) -> Self {
        match kind {
            NewKind::Open => Self::Open,
            NewKind::Closed => Self::Closed,
        }
    }
}

/// A room that one is in now.
#[derive(Serialize)]
pub(crate) struct InRoom {
    pub(crate) room: Room,
    pub(crate) rev: Rev,
}

impl Action for RoomCreate {
    const EVENT: &'static str = "room:create";
    const NEEDS: Needs = Needs::Scope(Scope::Rooms);
    type Answer = InRoom;

    async fn act(self, app: &App, who: &Who) -> Result<InRoom, Error> {
        let name = RoomName::parse(&self.name)?;
        limits::take(app, Limited::Room(who.user.id)).await?;
        let mut parts = vec![Self::EVENT.as_bytes(), name.as_str().as_bytes()];
        // Open rooms are as they were when there was no other kind: a retry may come from before.
        if self.kind == NewKind::Closed {
            parts.push(b"closed");
        }
        let once = once(self.nonce, &parts)?;
        let room = NewRoom { id: RoomId(Uuid::now_v7()), name, kind: self.kind.into(), maker: who.user.id };
        let made = app.store.create_room(room, once).await?;
        app.hub.follow(who.user.id).await;
        Ok(InRoom { room: made.room, rev: made.rev })
    }
}
