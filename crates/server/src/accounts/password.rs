//! Links with which somebody sets a new password.

use chinwag_model::{Password, Refusal, User};
use chinwag_store::FirstProof;

use super::second_factor::enter;
use super::{Entered, SignedIn, new_session, settle};
use crate::app::App;
use crate::error::Error;
use crate::tokens::Token;
use crate::visitor::Visitor;

/// Whose password a link is for, if it is good.
pub(crate) async fn whose_reset(app: &App, secret: &str) -> Result<Option<User>, Error> {
    let Some(token) = Token::parse(secret) else { return Ok(None) };
    Ok(app.store.reset(token.key()).await?)
}

/// Sets a password by a link, ends all sessions of its owner, and signs them in here or, if they have a second factor,
/// half-way.
pub(crate) async fn reset_password(
    app: &App,
    visitor: &Visitor,
    secret: &str,
    password: String,
) -> Result<Entered, Error> {
    let password = Password::parse_new(password)?;
    let link = Token::parse(secret).ok_or(Refusal::ResetInvalid)?;
    // Hashing is dear: only for who has a good link.
    if app.store.reset(link.key()).await?.is_none() {
        return Err(Refusal::ResetInvalid.into());
    }
    let hash = app.passwords.hash(password).await?;
    let (token, session) = new_session(app, visitor)?;
    let reset = app.store.reset_password(link.key(), hash.clone(), session).await?;
    let user = settle(app, reset.changed).await;
    tracing::info!(user = %user.id, "a password was set by a link");
    if reset.signed_in {
        return Ok(Entered::In(SignedIn { user, token }));
    }
    enter(app, visitor, user, true, FirstProof::Password { verified: hash, fresh: None }).await
}
