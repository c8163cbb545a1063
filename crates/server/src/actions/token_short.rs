//! Making a short-lived token.

use chinwag_model::token::{Claims, LONGEST_SECONDS};
use chinwag_model::{Millis, Scopes};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Action, Needs};
use crate::accounts::now;
use crate::app::{App, Means, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Longest time for which one is good, in minutes.
const MINUTES: u64 = LONGEST_SECONDS / 60;
/// For how long if nothing else is asked for, in minutes.
const MINUTES_DEFAULT: u64 = 10;

/// Makes a token that is good for some minutes, as long as the session or access token is there by which it is asked for.
#[derive(Deserialize)]
pub(crate) struct TokenShort {
    pub(crate) minutes: Option<u64>,
    /// What it may be used for; all that whoever asks may use theirs for, if it is not given.
    pub(crate) scopes: Option<Scopes>,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) token: String,
    pub(crate) expires_at: Millis,
}

impl Action for TokenShort {
    const EVENT: &'static str = "token:short";
    const NEEDS: Needs = Needs::Lasting;
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        let minutes = self.minutes.unwrap_or(MINUTES_DEFAULT);
        if !(1..=MINUTES).contains(&minutes) {
            return Err(Error::PayloadInvalid(format!("minutes: a whole number from 1 to {MINUTES}.")));
        }
        let own = match who.means {
            Means::Session => Scopes::all(),
            Means::Access(scopes) | Means::Short { scopes, .. } => scopes,
        };
        let scopes = self.scopes.unwrap_or(own);
        if scopes.is_empty() {
            return Err(Error::PayloadInvalid("scopes: choose what the token may be used for.".into()));
        }
        if let Some(beyond) = scopes.first_beyond(own) {
            return Err(Error::ScopeMissing(beyond));
        }
        limits::take(app, Limited::ShortToken(who.user.id)).await?;
        let iat = u64::try_from(now().0 / 1_000).unwrap_or_default();
        let issuer = app.signing.issuer();
        let claims = Claims {
            iss: issuer.to_owned(),
            aud: issuer.to_owned(),
            sub: who.user.id,
            parent: who.session,
            client_id: who.session.id(),
            scopes,
            iat,
            nbf: None,
            exp: iat.saturating_add(minutes * 60),
            jti: Uuid::now_v7(),
        };
        let token = app.signing.sign(&*app.store, &claims).await?;
        Ok(Answer { token, expires_at: claims.ends_at() })
    }
}
