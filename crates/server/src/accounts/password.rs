//! Passwords of people who are here, and links with which others set a new one.

use chinwag_model::{Password, Refusal, User, UserId};

use super::{SignedIn, new_session, settle};
use crate::app::App;
use crate::error::Error;
use crate::limits::{self, Limited, Tries};
use crate::tokens::Token;
use crate::visitor::Visitor;

/// Checks the present password of somebody who is signed in; answers its hash. Who fails has to wait, more each time.
pub(crate) async fn check_own(app: &App, user: UserId, given: String) -> Result<String, Error> {
    let given = Password::parse(given).map_err(|_| Error::PasswordWrong)?;
    let known = app.store.credentials_of(user).await?;
    let hash = known.and_then(|known| known.password_hash).ok_or(Refusal::Forbidden)?;
    // Right or wrong, each costs a core for a while.
    limits::take(app, Limited::OwnPassword(user)).await?;
    let tries = Tries::own(user);
    tries.begin(app).await?;
    match app.passwords.check(given, Some(hash.clone())).await {
        Ok(true) => {
            tries.succeeded(app).await;
            Ok(hash)
        }
        Ok(false) => Err(Error::PasswordWrong),
        Err(error) => {
            tries.came_to_nothing(app).await;
            Err(error)
        }
    }
}

/// Whose password a link is for, if it is good.
pub(crate) async fn whose_reset(app: &App, secret: &str) -> Result<Option<User>, Error> {
    let Some(token) = Token::parse(secret) else { return Ok(None) };
    Ok(app.store.reset(token.key()).await?)
}

/// Sets a password by a link, ends all sessions of its owner, and signs them in here.
pub(crate) async fn reset_password(
    app: &App,
    visitor: &Visitor,
    secret: &str,
    password: String,
) -> Result<SignedIn, Error> {
    let password = Password::parse_new(password)?;
    let link = Token::parse(secret).ok_or(Refusal::ResetInvalid)?;
    // Hashing is dear: only for who has a good link.
    if app.store.reset(link.key()).await?.is_none() {
        return Err(Refusal::ResetInvalid.into());
    }
    let hash = app.passwords.hash(password).await?;
    let (token, session) = new_session(app, visitor)?;
    let changed = app.store.reset_password(link.key(), hash, session).await?;
    let user = settle(app, changed).await;
    tracing::info!(user = %user.id, "a password was set by a link");
    Ok(SignedIn { user, token })
}
