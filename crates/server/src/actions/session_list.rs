//! One's own sessions.

use chinwag_model::{Millis, SessionId};
use chinwag_store::ListedSession;
use serde::{Deserialize, Serialize};

use super::{Action, Needs};
use crate::app::{App, Who};
use crate::error::Error;

/// Lists one's own sessions, the last used first.
#[derive(Deserialize)]
pub(crate) struct SessionList {}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) sessions: Vec<Listed>,
}

#[derive(Serialize)]
pub(crate) struct Listed {
    pub(crate) id: SessionId,
    /// Whether it is the one that asks.
    pub(crate) current: bool,
    pub(crate) device: String,
    pub(crate) address: String,
    pub(crate) at: Millis,
    /// Noted every 15 minutes.
    pub(crate) used_at: Millis,
    pub(crate) ends_at: Millis,
}

impl Action for SessionList {
    const EVENT: &'static str = "session:list";
    const NEEDS: Needs = Needs::Session;
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        let sessions = app.store.sessions(who.user.id).await?;
        let current = who.session.id();
        let listed = sessions.into_iter().map(|session| {
            let ListedSession { id, at, used_at, ends_at, device, address } = session;
            Listed { id, current: id == current, device, address, at, used_at, ends_at }
        });
        Ok(Answer { sessions: listed.collect() })
    }
}
