//! Looking for people by name.

use chinwag_model::name::search_key;
use chinwag_model::{Scope, User};
use serde::{Deserialize, Serialize};

use super::{Action, Limit, Needs};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Finds people with a word in their name that begins with `text`.
#[derive(Deserialize)]
pub(crate) struct PersonSearch {
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) limit: Limit,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) people: Vec<User>,
}

impl Action for PersonSearch {
    const EVENT: &'static str = "person:search";
    const NEEDS: Needs = Needs::Scope(Scope::Read);
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        limits::take(app, Limited::Search(who.user.id)).await?;
        let text = search_key(&self.text);
        Ok(Answer { people: app.store.search_people(who.user.id, &text, self.limit.get()).await? })
    }
}
