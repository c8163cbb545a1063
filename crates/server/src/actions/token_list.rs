//! One's own access tokens.

use chinwag_model::{Millis, Scopes, SessionId};
use chinwag_store::ListedToken;
use serde::{Deserialize, Serialize};

use super::{Action, Needs};
use crate::app::{App, Who};
use crate::error::Error;

/// Lists one's own access tokens, the newest first.
#[derive(Deserialize)]
pub(crate) struct TokenList {}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) tokens: Vec<Listed>,
}

#[derive(Serialize)]
pub(crate) struct Listed {
    pub(crate) id: SessionId,
    pub(crate) name: String,
    pub(crate) scopes: Scopes,
    pub(crate) at: Millis,
    /// Noted every 15 minutes.
    pub(crate) used_at: Option<Millis>,
    pub(crate) ends_at: Millis,
    /// What it was used with last, and where from; empty if it never was.
    pub(crate) device: String,
    pub(crate) address: String,
}

impl Action for TokenList {
    const EVENT: &'static str = "token:list";
    const NEEDS: Needs = Needs::Session;
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        let tokens = app.store.tokens(who.user.id).await?;
        let listed = tokens.into_iter().map(|token| {
            let ListedToken { id, name, scopes, at, used_at, ends_at, device, address } = token;
            Listed { id, name, scopes, at, used_at, ends_at, device, address }
        });
        Ok(Answer { tokens: listed.collect() })
    }
}
