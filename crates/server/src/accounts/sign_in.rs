//! Signing in with a password.

use chinwag_model::{Password, Refusal, Standing, UserName};

use super::{NameAndPassword, SignedIn, end, new_session};
use crate::app::App;
use crate::error::Error;
use crate::limits::{self, Limited, Tries};
use crate::passwords::Passwords;
use crate::visitor::Visitor;

/// Signs somebody in. A wrong name and a wrong password get the same answer after the same time.
pub(crate) async fn sign_in(app: &App, visitor: &Visitor, given: NameAndPassword) -> Result<SignedIn, Error> {
    let address = visitor.address;
    limits::take(app, Limited::SignIn(address)).await?;
    // What cannot be a name is nobody's: checked like any other, so that it cannot be told apart.
    let name = UserName::parse(&given.name).ok();
    let password = Password::parse(given.password).map_err(|_| Error::BadCredentials)?;
    let look = name.as_ref().map_or("", |name| {
        let [look, _] = name.looks();
        look.as_str()
    });
    let tries = Tries::at(address, look);
    tries.begin(app).await?;
    limits::take(app, Limited::SignInTo(address, look)).await?;
    limits::take(app, Limited::SignInFromAnywhere(look)).await?;
    let known = match &name {
        Some(name) => app.store.credentials(name).await?,
        None => None,
    };
    let hash = known.as_ref().and_then(|known| known.password_hash.clone());
    let fits = app.passwords.check(password.clone(), hash.clone()).await?;
    let (Some(known), Some(hash), true) = (known, hash, fits) else {
        app.metrics.sign_ins_refused.inc();
        return Err(Error::BadCredentials);
    };
    // Only who knows the password is told.
    if known.standing != Standing::Active {
        return Err(Refusal::Suspended.into());
    }
    tries.succeeded(app).await;
    // The only moment at which a password is known: an old hash is made anew. A password that is too common today is let in.
    let fresh = if Passwords::is_outdated(&hash) { app.passwords.hash(password).await.ok() } else { None };
    let (token, session) = new_session(app, visitor)?;
    let Some(ended) = app.store.create_session(known.user.id, hash, fresh, session).await? else {
        return Err(Error::BadCredentials);
    };
    end(app, ended).await;
    Ok(SignedIn { user: known.user, token })
}
