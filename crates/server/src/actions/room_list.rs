//! All rooms but direct conversations, for administrators.

use chinwag_model::name::search_key;
use chinwag_model::{Room, Scope};
use serde::{Deserialize, Serialize};

use super::{Action, Limit, Needs, Place};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Loads a page of rooms by name, or of those with a word in their name that begins with `text`.
#[derive(Deserialize)]
pub(crate) struct RoomList {
    pub(crate) text: Option<String>,
    pub(crate) after: Option<Place>,
    #[serde(default)]
    pub(crate) limit: Limit,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) rooms: Vec<Listed>,
    pub(crate) next: Option<Place>,
}

#[derive(Serialize)]
pub(crate) struct Listed {
    pub(crate) room: Room,
    pub(crate) members: u64,
}

impl Action for RoomList {
    const EVENT: &'static str = "room:list";
    const NEEDS: Needs = Needs::Scope(Scope::Administration);
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        limits::take(app, Limited::Search(who.user.id)).await?;
        let text = self.text.map(|text| search_key(&text)).filter(|text| !text.is_empty());
        let after = self.after.map(Into::into);
        let page = app.store.room_list(who.user.id, text, after, self.limit.get()).await?;
        let rooms = page.rooms.into_iter().map(|(room, members)| Listed { room, members }).collect();
        Ok(Answer { rooms, next: page.next.map(Into::into) })
    }
}
