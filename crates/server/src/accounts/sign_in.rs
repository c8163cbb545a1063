//! Signing in with a password.

use std::net::IpAddr;
use std::time::Duration;

use chinwag_live::Quota;
use chinwag_model::{Password, UserName};

use super::{NameAndPassword, SignedIn, new_session};
use crate::app::App;
use crate::error::Error;
use crate::limits;

/// For each try that an address has with one account it has this many with all: several people may share it.
const ADDRESS_FACTOR: u32 = 3;
/// For each try that an address has with one account all addresses together have this many: whoever guesses from one
/// address cannot lock the owner out, and whoever has many addresses cannot guess much more often.
const ACCOUNT_FACTOR: u32 = 10;

/// Signs somebody in. A wrong name and a wrong password get the same answer after the same time.
pub(crate) async fn sign_in(app: &App, from: IpAddr, given: NameAndPassword) -> Result<SignedIn, Error> {
    let tries = |factor: u32| Quota {
        burst: app.settings.sign_in_per_minute.saturating_mul(factor),
        per: Duration::from_secs(60),
    };
    let address = limits::address_key(from);
    limits::take(app, &format!("sign-in:address:{address}"), tries(ADDRESS_FACTOR)).await?;
    // What cannot be a name is nobody's: checked like any other, so that it cannot be told apart.
    let name = UserName::parse(&given.name).ok();
    let password = Password::parse(given.password).map_err(|_| Error::BadCredentials)?;
    if let Some(name) = &name {
        let [look, _] = name.looks();
        limits::take(app, &format!("sign-in:account:{address}:{look}"), tries(1)).await?;
        limits::take(app, &format!("sign-in:account:{look}"), tries(ACCOUNT_FACTOR)).await?;
    }
    let known = match &name {
        Some(name) => app.store.credentials(name).await?,
        None => None,
    };
    let hash = known.as_ref().map(|known| known.password_hash.clone());
    let fits = app.passwords.check(password, hash).await?;
    let Some(known) = known.filter(|_| fits) else {
        app.metrics.sign_ins_refused.inc();
        return Err(Error::BadCredentials);
    };
    let (token, session) = new_session(app)?;
    if !app.store.create_session(known.user.id, known.password_hash, session).await? {
        return Err(Error::BadCredentials);
    }
    Ok(SignedIn { user: known.user, token })
}
