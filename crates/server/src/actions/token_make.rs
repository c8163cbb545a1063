//! Making an access token.

use std::time::Duration;

use chinwag_model::permission::{self, Action as Permitted, Case};
use chinwag_model::{Line, Millis, Scopes, SessionId};
use chinwag_store::NewToken;
use serde::{Deserialize, Serialize};

use super::{Action, Needs};
use crate::accounts::{confirm, new_access_token, now};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Longest time for which an access token is good, in days.
pub(crate) const TOKEN_DAYS: u32 = 366;

/// Makes a token by which programs are known.
#[derive(Deserialize)]
pub(crate) struct TokenMake {
    /// What it is for.
    pub(crate) name: String,
    /// What it may be used for.
    pub(crate) scopes: Scopes,
    /// How long it is good.
    pub(crate) days: u32,
    /// The present password; who has none leaves it out.
    #[serde(default)]
    pub(crate) password: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) id: SessionId,
    /// Shown now and never again.
    pub(crate) token: String,
    pub(crate) ends_at: Millis,
}

impl Action for TokenMake {
    const EVENT: &'static str = "token:make";
    const NEEDS: Needs = Needs::Session;
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        // Refused early, since checking a password is dear; the store decides.
        permission::check(Permitted::OwnTokens, Case::of(who.user.role, false))?;
        let name = Line::token_name(&self.name)?;
        if name.as_str().is_empty() {
            return Err(Error::PayloadInvalid("name: write what the token is for.".into()));
        }
        if self.scopes.is_empty() {
            return Err(Error::PayloadInvalid("scopes: choose what the token may be used for.".into()));
        }
        if !(1..=TOKEN_DAYS).contains(&self.days) {
            return Err(Error::PayloadInvalid(format!("days: a whole number from 1 to {TOKEN_DAYS}.")));
        }
        confirm(app, who, self.password).await?;
        limits::take(app, Limited::Token(who.user.id)).await?;
        let token = new_access_token()?;
        let ends_at = now().plus(Duration::from_secs(u64::from(self.days) * 24 * 3_600));
        let new = NewToken { key: token.key(), name, scopes: self.scopes, ends_at };
        if !app.store.make_token(who.user.id, who.session, new).await? {
            return Err(Error::Unauthenticated);
        }
        tracing::info!(user = %who.user.id, scopes = %self.scopes, "an access token was made");
        Ok(Answer { id: token.key().id(), token: token.expose().to_owned(), ends_at })
    }
}
