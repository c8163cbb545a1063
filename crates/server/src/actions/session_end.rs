//! Ending one's own sessions.

use chinwag_model::SessionId;
use chinwag_store::Which;
use serde::{Deserialize, Serialize};

use super::{Action, Needs};
use crate::accounts::end;
use crate::app::{App, Who};
use crate::error::Error;

/// Ends one of one's own sessions, or all but the one that asks.
#[derive(Deserialize)]
pub(crate) struct SessionEnd {
    /// Which; all others if it is not given.
    pub(crate) session: Option<SessionId>,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    /// How many have ended.
    pub(crate) ended: usize,
}

impl Action for SessionEnd {
    const EVENT: &'static str = "session:end";
    const NEEDS: Needs = Needs::Session;
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        let which = self.session.map_or(Which::AllBut(who.session), Which::One);
        let ended = app.store.end_sessions(who.user.id, which).await?;
        let count = ended.len();
        end(app, ended).await;
        Ok(Answer { ended: count })
    }
}
