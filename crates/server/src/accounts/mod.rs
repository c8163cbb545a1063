//! Accounts and sessions: making them, signing in and out, and who somebody is.

mod administration;
mod authenticator;
mod confirm;
mod elsewhere;
mod first_administrator;
mod guest;
mod identify;
mod invitation;
mod password;
mod pending;
mod providers;
mod recovery_codes;
mod second_factor;
mod sign_in;
mod sign_out;
mod sign_up;
mod sweep;

pub(crate) use administration::RESET_GOOD;
pub use administration::{Administration, AdministrationError};
pub(crate) use confirm::{confirm, has_password, not_confirmed};
pub(crate) use elsewhere::{
    CameBack, Errand, Leaving, Suggested, come_back, leave, make_account_by_provider, suggested, unlink,
};
pub(crate) use first_administrator::FirstAdministrator;
pub(crate) use guest::come_as_guest;
pub(crate) use identify::{identify, short};
pub(crate) use invitation::{invitation_key, invited};
pub(crate) use password::{reset_password, whose_reset};
pub(crate) use pending::PENDING_GOOD;
pub(crate) use providers::Providers;
pub use providers::SignInProvider;
pub(crate) use second_factor::{
    Begun, begin_second_factor, begun_second_factor, is_ready, own_second_factor, remove_second_factor,
    renew_recovery_codes, second_step, set_second_factor,
};
pub(crate) use sign_in::sign_in;
pub(crate) use sign_out::{end, settle, sign_out};
use sign_up::{Key, admit, make_account};
pub(crate) use sign_up::{NewAccount, sign_up};
pub(crate) use sweep::sweep_sessions;

use std::time::{Duration, SystemTime};

use chinwag_model::{Millis, User};
use chinwag_store::NewSession;
use serde::Deserialize;

use crate::app::App;
use crate::error::Error;
use crate::settings::Settings;
use crate::tokens::Token;
use crate::visitor::Visitor;

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

/// How far somebody has come who has shown who they are.
pub(crate) enum Entered {
    /// In.
    In(SignedIn),
    /// Half-way: with this token they go on to their second factor.
    HalfWay(Token),
}

/// How long a session lasts: unused, and in any case.
#[derive(Clone, Copy)]
struct Lasting {
    idle: Duration,
    most: Duration,
}

/// Guests come for a conversation.
const GUEST: Lasting =
    Lasting { idle: Duration::from_secs(2 * 3_600), most: Duration::from_secs(24 * 3_600) };

/// A fresh token.
pub(crate) fn new_token() -> Result<Token, Error> {
    Token::random().map_err(no_randomness)
}

/// A fresh access token.
pub(crate) fn new_access_token() -> Result<Token, Error> {
    Token::random_access().map_err(no_randomness)
}

/// Bytes that nobody can guess.
fn random_bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(no_randomness)?;
    Ok(bytes)
}

fn no_randomness(error: impl std::fmt::Display) -> Error {
    tracing::error!(%error, "there is no randomness");
    Error::Internal
}

/// A fresh token and the session that it will open.
fn new_session(app: &App, visitor: &Visitor) -> Result<(Token, NewSession), Error> {
    let Settings { session_idle: idle, session_most: most, .. } = app.settings;
    lasting_session(visitor, Lasting { idle, most })
}

fn lasting_session(visitor: &Visitor, lasting: Lasting) -> Result<(Token, NewSession), Error> {
    let token = new_token()?;
    let now = now();
    let session = NewSession {
        key: token.key(),
        expires_at: now.plus(lasting.idle),
        ends_at: now.plus(lasting.most),
        device: visitor.device(),
        address: visitor.address.to_string(),
    };
    Ok((token, session))
}

/// Milliseconds since 1970 on this machine's clock.
pub(crate) fn now() -> Millis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
