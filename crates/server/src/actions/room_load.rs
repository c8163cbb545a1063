//! A page of a room's history.

use chinwag_model::{Cursor, MemberRole, Message, Rev, Room, RoomId, Scope};
use serde::{Deserialize, Serialize};

use super::{Action, Limit, Needs};
use crate::app::{App, Who};
use crate::error::Error;

/// Loads the newest messages, or the newest before a seq.
#[derive(Deserialize)]
pub(crate) struct RoomLoad {
    pub(crate) room: RoomId,
    pub(crate) before: Option<Rev>,
    #[serde(default)]
    pub(crate) limit: Limit,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) cursor: Cursor,
    pub(crate) room: Room,
    pub(crate) role: MemberRole,
    pub(crate) members: u64,
    pub(crate) messages: Vec<Message>,
    pub(crate) more: bool,
}

impl Action for RoomLoad {
    const EVENT: &'static str = "room:load";
    const NEEDS: Needs = Needs::Scope(Scope::Read);
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        let page = app.store.room_page(self.room, who.user.id, self.before, self.limit.get()).await?;
        Ok(Answer {
            cursor: page.cursor,
            room: page.room,
            role: page.role,
            members: page.members,
            messages: page.messages,
            more: page.more,
        })
    }
}
