//! Accounts and sessions: making them, signing in and out, and who somebody is.

mod administration;
mod first_administrator;
mod identify;
mod sign_in;
mod sign_out;
mod sign_up;

pub use administration::{Administration, AdministrationError};
pub(crate) use first_administrator::FirstAdministrator;
pub(crate) use identify::identify;
pub(crate) use sign_in::sign_in;
pub(crate) use sign_out::sign_out;
pub(crate) use sign_up::{NewAccount, sign_up};

use std::time::SystemTime;

use chinwag_model::{Millis, User};
use chinwag_store::NewSession;
use serde::Deserialize;

use crate::app::App;
use crate::error::Error;
use crate::tokens::Token;

/// What somebody gives to sign in or to make an account.
#[derive(Deserialize)]
pub(crate) struct NameAndPassword {
    pub(crate) name: String,
    pub(crate) password: String,
}

/// Somebody who has just signed in.
pub(crate) struct SignedIn {
    pub(crate) user: User,
    pub(crate) token: Token,
}

/// A fresh token and the session that it will open.
fn new_session(app: &App) -> Result<(Token, NewSession), Error> {
    let token = Token::random().map_err(|error| {
        tracing::error!(%error, "there is no randomness");
        Error::Internal
    })?;
    let session = NewSession { key: token.key(), expires_at: session_end(app) };
    Ok((token, session))
}

/// When a session that is used now ends.
fn session_end(app: &App) -> Millis {
    let idle = i64::try_from(app.settings.session_idle.as_millis()).unwrap_or(i64::MAX);
    Millis(now().0.saturating_add(idle))
}

/// Milliseconds since 1970 on this machine's clock.
fn now() -> Millis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
