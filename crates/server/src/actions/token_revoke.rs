//! Revoking an access token.

use chinwag_model::SessionId;
use serde::Deserialize;

use super::{Action, Needs, Nothing};
use crate::accounts::end;
use crate::app::{App, Who};
use crate::error::Error;

/// Ends one of one's own access tokens, and what is open by it.
#[derive(Deserialize)]
pub(crate) struct TokenRevoke {
    pub(crate) id: SessionId,
}

impl Action for TokenRevoke {
    const EVENT: &'static str = "token:revoke";
    const NEEDS: Needs = Needs::Session;
    type Answer = Nothing;

    async fn act(self, app: &App, who: &Who) -> Result<Nothing, Error> {
        let key = app.store.revoke_token(who.user.id, self.id).await?;
        end(app, vec![key]).await;
        tracing::info!(user = %who.user.id, "an access token was revoked");
        Ok(Nothing {})
    }
}
