//! A page of a room's members.

use chinwag_model::{Member, RoomId, Scope, UserId};
use serde::{Deserialize, Serialize};

use super::{Action, Limit, Needs};
use crate::app::{App, Who};
use crate::error::Error;

/// Loads members, by id.
#[derive(Deserialize)]
pub(crate) struct RoomMembers {
    pub(crate) room: RoomId,
    pub(crate) after: Option<UserId>,
    #[serde(default)]
    pub(crate) limit: Limit,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) members: Vec<Member>,
    pub(crate) more: bool,
}

impl Action for RoomMembers {
    const EVENT: &'static str = "room:members";
    const NEEDS: Needs = Needs::Scope(Scope::Read);
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        let page = app.store.members(self.room, who.user.id, self.after, self.limit.get()).await?;
        Ok(Answer { members: page.members, more: page.more })
    }
}
