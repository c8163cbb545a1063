//! What somebody who is signed in shows for what matters more than most: their password or, if they have none, that they have
//! just signed in.

use std::time::Duration;

use chinwag_model::{Password, Refusal};
use chinwag_store::Confirmation;

use super::now;
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited, Tries};

/// How long ago somebody without a password may have signed in.
const JUST_NOW: Duration = Duration::from_secs(10 * 60);

/// Checks it. Who gives a wrong password has to wait, more each time.
pub(crate) async fn confirm(app: &App, who: &Who, password: Option<String>) -> Result<Confirmation, Error> {
    let known = app.store.credentials_of(who.user.id).await?.ok_or(Refusal::Forbidden)?;
    let Some(hash) = known.password_hash else {
        let since = now().minus(JUST_NOW);
        if who.since < since {
            return Err(Error::SignInAgain);
        }
        return Ok(Confirmation::SignedIn { session: who.session, since });
    };
    let given = Password::parse(password.unwrap_or_default()).map_err(|_| Error::PasswordWrong)?;
    // Right or wrong, each costs a core for a while.
    limits::take(app, Limited::OwnPassword(who.user.id)).await?;
    let tries = Tries::own(who.user.id);
    tries.begin(app).await?;
    match app.passwords.check(given, Some(hash.clone())).await {
        Ok(true) => {
            tries.succeeded(app).await;
            Ok(Confirmation::Password(hash))
        }
        Ok(false) => Err(Error::PasswordWrong),
        Err(error) => {
            tries.came_to_nothing(app).await;
            Err(error)
        }
    }
}

/// Whether somebody has a password to show.
pub(crate) async fn has_password(app: &App, who: &Who) -> Result<bool, Error> {
    Ok(app.store.credentials_of(who.user.id).await?.is_some_and(|known| known.password_hash.is_some()))
}

/// What it means that what was shown is not so any more: the password was changed meanwhile, or the session has ended.
pub(crate) fn not_confirmed(confirmation: &Confirmation) -> Error {
    match confirmation {
        Confirmation::Password(_) => Error::PasswordWrong,
        Confirmation::SignedIn { .. } => Error::SignInAgain,
    }
}
