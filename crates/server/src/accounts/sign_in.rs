//! Signing in with a password.

use std::net::IpAddr;
use std::time::Duration;

use chinwag_live::Quota;
use chinwag_model::{Password, UserName};

use super::{NameAndPassword, SignedIn, new_session};
use crate::app::App;
use crate::error::Error;
use crate::limits;

/// For each try that one account may have, an address may have this many: several people may share it.
const ADDRESS_FACTOR: u32 = 3;

/// Signs somebody in. A wrong name and a wrong password get the same answer after the same time.
pub(crate) async fn sign_in(app: &App, from: IpAddr, given: NameAndPassword) -> Result<SignedIn, Error> {
    let per = Duration::from_secs(60);
    let address = Quota { burst: app.settings.sign_in_per_minute.saturating_mul(ADDRESS_FACTOR), per };
    limits::take(app, &format!("sign-in:address:{}", limits::address_key(from)), address).await?;
    // What cannot be a name is nobody's: checked like any other, so that it cannot be told apart.
    let name = UserName::parse(&given.name).ok();
    let password = Password::parse(given.password).map_err(|_| Error::BadCredentials)?;
    if let Some(name) = &name {
        let [look, _] = name.looks();
        let account = Quota { burst: app.settings.sign_in_per_minute, per };
        limits::take(app, &format!("sign-in:account:{look}"), account).await?;
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
