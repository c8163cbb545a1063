//! Signing in with a password.

use std::net::IpAddr;

use chinwag_jobs::log_stream::Topic;
use chinwag_model::{Password, Refusal, Standing, UserId, UserName};
use chinwag_store::{Credentials, FirstProof, ListedSession};
use serde::Serialize;
use uuid::Uuid;

use super::second_factor::enter;
use super::{Entered, NameAndPassword};
use crate::app::App;
use crate::error::Error;
use crate::limits::{self, Limited, Tries};
use crate::passwords::Passwords;
use crate::visitor::Visitor;

/// What those who listen to what happens are told of somebody who is not let in.
#[derive(Serialize)]
struct Refused {
    message: String,
    username: Option<String>,
    address: IpAddr,
}

/// Signs somebody in. A wrong name and a wrong password get the same answer after the same time.
pub(crate) async fn sign_in(app: &App, visitor: &Visitor, given: NameAndPassword) -> Result<Entered, Error> {
    let mut username = None;
    let signed_in = let_in(app, visitor, given, &mut username).await;
    if let Err(error) = &signed_in {
        let message = error.to_string();
        app.log_stream.say(Topic::Debug, &Refused { message, username, address: visitor.address });
    }
    signed_in
}

/// Does it. As soon as there is an account of that name, that is noted, whatever becomes of it: what is no account's name may
/// be a password that was typed into the wrong field.
async fn let_in(
    app: &App,
    visitor: &Visitor,
    given: NameAndPassword,
    username: &mut Option<String>,
) -> Result<Entered, Error> {
    let address = visitor.address;
    limits::take(app, Limited::SignIn(address)).await?;
    // What cannot be a name is nobody's: checked like any other, so that it cannot be told apart.
    let name = UserName::parse(&given.name).ok();
    let password = Password::parse(given.password).map_err(|_| Error::BadCredentials)?;
    let look = name.as_ref().map_or("", |name| {
        let [look, _] = name.looks();
        look.as_str()
    });
    limits::take(app, Limited::SignInTo(address, look)).await?;
    let known = match &name {
        Some(name) => app.store.credentials(name).await?,
        None => None,
    };
    *username = known.as_ref().map(|known| known.user.name.clone());
    if !is_at_home(app, known.as_ref(), address).await? {
        limits::take(app, Limited::SignInFromAnywhere(look)).await?;
    }
    let tries = Tries::at(address, look);
    tries.begin(app).await?;
    let hash = known.as_ref().and_then(|known| known.password_hash.clone());
    let fits = match app.passwords.check(password.clone(), hash.clone()).await {
        Ok(fits) => fits,
        Err(error) => {
            tries.came_to_nothing(app).await;
            return Err(error);
        }
    };
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
    let first = FirstProof::Password { verified: hash, fresh };
    enter(app, visitor, known.user, known.has_second_factor, first).await
}

/// Whether somebody is signed in to the account at this address: what others try elsewhere does not keep them out there.
async fn is_at_home(app: &App, known: Option<&Credentials>, address: IpAddr) -> Result<bool, Error> {
    let here = limits::address_key(address);
    // Also asked for nobody, so that it takes as long.
    let user = known.map_or(UserId(Uuid::nil()), |known| known.user.id);
    let sessions = app.store.sessions(user).await?;
    let at = |session: &ListedSession| session.address.parse::<IpAddr>().ok();
    Ok(sessions.iter().filter_map(at).any(|address| limits::address_key(address) == here))
}
