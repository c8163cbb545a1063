//! Opening a direct conversation.

use chinwag_model::{RoomId, Scope, UserId};
use serde::Deserialize;
use uuid::Uuid;

use super::room_create::InRoom;
use super::{Action, Needs, once};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Opens the conversation with some others: the one that there is, or a new one.
#[derive(Deserialize)]
pub(crate) struct DirectOpen {
    pub(crate) people: Vec<UserId>,
    pub(crate) nonce: Option<String>,
}

impl Action for DirectOpen {
    const EVENT: &'static str = "direct:open";
    const NEEDS: Needs = Needs::Scope(Scope::Rooms);
    type Answer = InRoom;

    async fn act(self, app: &App, who: &Who) -> Result<InRoom, Error> {
        limits::take(app, Limited::Room(who.user.id)).await?;
        let mut parts = vec![Self::EVENT.as_bytes()];
        parts.extend(self.people.iter().map(|id| id.as_bytes().as_slice()));
        let once = once(self.nonce, &parts)?;
        let fresh = RoomId(Uuid::now_v7());
        let opened = app.store.open_direct(fresh, who.user.id, self.people, once).await?;
        app.hub.follow(who.user.id).await;
        Ok(InRoom { room: opened.room, rev: opened.rev })
    }
}
