//! Making an account.

use chinwag_model::{Password, Refusal, Role, SessionKey, SignUp, UserId, UserName};
use chinwag_store::{Entry, NewIdentity, NewUser};
use uuid::Uuid;

use super::{NameAndPassword, SignedIn, new_session};
use crate::app::App;
use crate::error::Error;
use crate::limits::{self, Limited};
use crate::visitor::Visitor;

/// What kind of account is made.
#[derive(Clone, Copy)]
pub(crate) enum NewAccount {
    /// An ordinary one, with an invitation if there is one.
    Member(Option<SessionKey>),
    /// The first administrator's, who owns the workspace.
    FirstAdministrator,
}

/// Somebody who may come in, and how.
pub(super) struct Admitted {
    entry: Entry,
    role: Role,
}

/// What opens the account.
pub(super) enum Key {
    /// A password.
    Password(Password),
    /// An account at another service.
    Identity(NewIdentity),
}

/// Makes an account and signs its owner in.
pub(crate) async fn sign_up(
    app: &App,
    visitor: &Visitor,
    given: NameAndPassword,
    kind: NewAccount,
) -> Result<SignedIn, Error> {
    let admitted = admit(app, kind).await?;
    let name = UserName::parse(&given.name)?;
    let password = Password::parse_new(given.password)?;
    make_account(app, visitor, admitted, name, Key::Password(password)).await
}

/// Makes an account for somebody who may come in, and signs them in.
pub(super) async fn make_account(
    app: &App,
    visitor: &Visitor,
    Admitted { entry, role }: Admitted,
    name: UserName,
    key: Key,
) -> Result<SignedIn, Error> {
    limits::take(app, Limited::Account(visitor.address)).await?;
    let (password_hash, identity) = match key {
        Key::Password(password) => (Some(app.passwords.hash(password).await?), None),
        Key::Identity(identity) => (None, Some(identity)),
    };
    let (token, session) = new_session(app, visitor)?;
    let new = NewUser {
        id: UserId(Uuid::now_v7()),
        name,
        password_hash,
        identity,
        role,
        entry,
        session: Some(session),
    };
    let user = app.store.create_user(new).await?;
    tracing::info!(user = %user.id, role = role.as_str(), "an account was made");
    Ok(SignedIn { user, token })
}

/// Lets somebody come in, or refuses them before anything dear is done; what is good is counted when the account is made.
pub(super) async fn admit(app: &App, kind: NewAccount) -> Result<Admitted, Error> {
    let invitation = match kind {
        NewAccount::FirstAdministrator => {
            return Ok(Admitted { entry: Entry::FirstAdministrator, role: Role::Owner });
        }
        NewAccount::Member(invitation) => invitation,
    };
    let entry = match (app.rules.now().sign_up, invitation) {
        (SignUp::Closed, _) | (SignUp::Invitation, None) => return Err(Refusal::SignUpClosed.into()),
        (SignUp::Open, None) => Entry::Free,
        (SignUp::Open | SignUp::Invitation, Some(key)) => {
            if super::invited(app, key).await?.is_none() {
                return Err(Refusal::InvitationInvalid.into());
            }
            Entry::Invitation(key)
        }
    };
    Ok(Admitted { entry, role: Role::Member })
}
