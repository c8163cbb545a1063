//! Making an account.

use std::net::IpAddr;
use std::time::Duration;

use chinwag_live::Quota;
use chinwag_model::{Password, Role, UserId, UserName};
use chinwag_store::NewUser;
use uuid::Uuid;

use super::{NameAndPassword, SignedIn, new_session};
use crate::app::App;
use crate::error::Error;
use crate::limits;

/// What kind of account is made.
pub(crate) enum NewAccount {
    /// An ordinary one.
    Member,
    /// The first administrator's.
    FirstAdministrator,
}

/// Makes an account and signs its owner in.
pub(crate) async fn sign_up(
    app: &App,
    from: IpAddr,
    given: NameAndPassword,
    kind: NewAccount,
) -> Result<SignedIn, Error> {
    let name = UserName::parse(&given.name)?;
    let password = Password::parse_new(given.password)?;
    let quota = Quota { burst: app.settings.accounts_per_hour, per: Duration::from_secs(3_600) };
    limits::take(app, &format!("sign-up:{}", limits::address_key(from)), quota).await?;
    let password_hash = app.passwords.hash(password).await?;
    let (token, session) = new_session(app)?;
    let first = matches!(kind, NewAccount::FirstAdministrator);
    let user = app
        .store
        .create_user(NewUser {
            id: UserId(Uuid::now_v7()),
            name,
            password_hash,
            role: if first { Role::Administrator } else { Role::Member },
            only_as_first_administrator: first,
            session: Some(session),
        })
        .await?;
    tracing::info!(user = %user.id, administrator = first, "an account was made");
    Ok(SignedIn { user, token })
}
