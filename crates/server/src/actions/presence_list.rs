//! Who is here now.

use std::sync::Arc;

use chinwag_model::{Person, RoomId, Scope};
use serde::{Deserialize, Serialize};

use super::{Action, Needs};
use crate::app::{App, Who};
use crate::error::Error;

/// Most people that are named.
const NAMED: usize = 200;

/// Lists who of a room is online.
#[derive(Deserialize)]
pub(crate) struct PresenceList {
    pub(crate) room: RoomId,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) online: usize,
    #[serde(serialize_with = "people")]
    pub(crate) users: Vec<Arc<Person>>,
    pub(crate) more: bool,
}

/// Serialises people, whoever else holds them.
pub(crate) fn people<S: serde::Serializer>(people: &[Arc<Person>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(people.iter().map(AsRef::as_ref))
}

impl Action for PresenceList {
    const EVENT: &'static str = "presence:list";
    const NEEDS: Needs = Needs::Scope(Scope::Read);
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        // Only members may know: asking for one of them is the shortest question that is refused to others.
        app.store.members(self.room, who.user.id, None, 1).await?;
        let here = app.live.here(self.room.into(), NAMED).await.unwrap_or_default();
        Ok(Answer { online: here.online, more: here.online > here.people.len(), users: here.people })
    }
}
