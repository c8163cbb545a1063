//! One account, for those who keep order.

use chinwag_model::UserId;
use serde::{Deserialize, Serialize};

use super::Action;
use super::person_list::Listing;
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
    type Answer = Answer;

    async fn run(self, app: &App, who: &Who) -> Result<Answer, Error> {
        Ok(Answer { person: app.store.account(Some(who.user.id), self.user).await?.into() })
    }
}
