//! One account, for those who keep order.

use chinwag_model::{Scope, UserId};
use serde::{Deserialize, Serialize};

use super::person_list::Listing;
use super::{Action, Needs};
use crate::app::{App, Who};
use crate::error::Error;

/// Loads an account.
#[derive(Deserialize)]
pub(crate) struct PersonLoad {
    pub(crate) user: UserId,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) person: Listing,
}

impl Action for PersonLoad {
    const EVENT: &'static str = "person:load";
    const NEEDS: Needs = Needs::Scope(Scope::Administration);
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        Ok(Answer { person: app.store.account(Some(who.user.id), self.user).await?.into() })
    }
}
