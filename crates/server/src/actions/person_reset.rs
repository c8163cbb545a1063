//! A link with which somebody sets a new password.

use chinwag_model::{Millis, UserId};
use chinwag_store::NewReset;
use serde::{Deserialize, Serialize};

use super::{Action, Needs};
use crate::accounts::{RESET_GOOD, new_token, now};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};
use crate::links;

/// Makes a one-time link with which somebody sets a new password.
#[derive(Deserialize)]
pub(crate) struct PersonReset {
    pub(crate) user: UserId,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    /// Shown now and never again.
    pub(crate) path: String,
    pub(crate) expires_at: Millis,
}

impl Action for PersonReset {
    const EVENT: &'static str = "person:reset";
    const NEEDS: Needs = Needs::Session;
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        limits::take(app, Limited::Administration(who.user.id)).await?;
        let token = new_token()?;
        let expires_at = now().plus(RESET_GOOD);
        let reset = NewReset { user: self.user, key: token.key(), expires_at };
        app.store.make_reset(Some(who.user.id), reset).await?;
        Ok(Answer { path: links::path(links::RESET, &token), expires_at })
    }
}
