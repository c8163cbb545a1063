//! Looking for messages of a room by their words.

use chinwag_model::{Message, Query, Rev, RoomId, Scope};
use chinwag_store::{Found, Search};
use serde::{Deserialize, Serialize};

use super::{Action, Limit, Needs};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Finds messages with all words of `text`, the newest first, or the newest before a seq.
#[derive(Deserialize)]
pub(crate) struct RoomSearch {
    pub(crate) room: RoomId,
    pub(crate) text: String,
    pub(crate) before: Option<Rev>,
    #[serde(default)]
    pub(crate) limit: Limit,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) messages: Vec<Message>,
    /// Where to go on; `None`: all has been searched.
    pub(crate) before: Option<Rev>,
}

impl Action for RoomSearch {
    const EVENT: &'static str = "room:search";
    const NEEDS: Needs = Needs::Scope(Scope::Read);
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        limits::take(app, Limited::Search(who.user.id)).await?;
        let Self { room, text, before, limit } = self;
        let query = Query::parse(&text)?;
        let search = Search { room, by: who.user.id, query, before, limit: limit.get() };
        let Found { messages, before } = app.store.search(search).await?;
        Ok(Answer { messages, before })
    }
}
