//! The list of open rooms.

use chinwag_model::{Cursor, Room, RoomId, Scope};
use serde::{Deserialize, Serialize};

use super::{Action, Limit, Needs};
use crate::app::{App, Who};
use crate::error::Error;

/// Loads a page of open rooms, by name.
#[derive(Deserialize)]
pub(crate) struct WorkspaceLoad {
    pub(crate) after: Option<RoomId>,
    #[serde(default)]
    pub(crate) limit: Limit,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) cursor: Cursor,
    pub(crate) rooms: Vec<Listed>,
    pub(crate) more: bool,
}

#[derive(Serialize)]
pub(crate) struct Listed {
    pub(crate) room: Room,
    pub(crate) members: u64,
    pub(crate) joined: bool,
}

impl Action for WorkspaceLoad {
    const EVENT: &'static str = "workspace:load";
    const NEEDS: Needs = Needs::Scope(Scope::Read);
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        let page = app.store.workspace_page(who.user.id, self.after, self.limit.get()).await?;
        let rooms = page.rooms.into_iter();
        let rooms =
            rooms.map(|it| Listed { room: it.room, members: it.members, joined: it.joined }).collect();
        Ok(Answer { cursor: page.cursor, rooms, more: page.more })
    }
}
