//! One's own picture: the rooms that one is in.

use chinwag_model::{Cursor, MemberRole, Rev, Room, Scope, User};
use serde::{Deserialize, Serialize};

use super::{Action, Needs};
use crate::app::{App, Who};
use crate::error::Error;

/// Loads one's own stream.
#[derive(Deserialize)]
pub(crate) struct MeLoad {}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) cursor: Cursor,
    pub(crate) user: User,
    pub(crate) rooms: Vec<MyRoom>,
}

#[derive(Serialize)]
pub(crate) struct MyRoom {
    pub(crate) room: Room,
    pub(crate) role: MemberRole,
    pub(crate) head: Rev,
}

impl Action for MeLoad {
    const EVENT: &'static str = "me:load";
    const NEEDS: Needs = Needs::Scope(Scope::Read);
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        let me = app.store.me(who.user.id).await?;
        let rooms = me.rooms.into_iter();
        let rooms = rooms.map(|mine| MyRoom { room: mine.room, role: mine.role, head: mine.head }).collect();
        Ok(Answer { cursor: me.cursor, user: me.user, rooms })
    }
}
