//! Taking the second factor from somebody who has lost it.

use chinwag_model::{User, UserId};
use serde::{Deserialize, Serialize};

use super::{Action, Needs};
use crate::accounts::settle;
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Takes it away, and ends all of their sessions. Does nothing to who has none.
#[derive(Deserialize)]
pub(crate) struct PersonTakeSecondFactor {
    pub(crate) user: UserId,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    user: User,
}

impl Action for PersonTakeSecondFactor {
    const EVENT: &'static str = "person:take_second_factor";
    const NEEDS: Needs = Needs::Session;
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        limits::take(app, Limited::Administration(who.user.id)).await?;
        let changed = app.store.take_second_factor(Some(who.user.id), self.user).await?;
        tracing::info!(by = %who.user.id, user = %self.user, "a second factor was taken away");
        Ok(Answer { user: settle(app, changed).await })
    }
}
