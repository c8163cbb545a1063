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

/// Makes an account and signs its owner in.
pub(crate) async fn sign_up(
    app: &App,
    visitor: &Visitor,
    given: NameAndPassword,
    kind: NewAccount,
) -> Result<SignedIn, Error> {
    // What cannot be is refused before anything dear is done.
    if let NewAccount::Member(invitation) = kind {
        entry(app, invitation).await?;
    }
    let name = UserName::parse(&given.name)?;
    let password = Password::parse_new(given.password)?;
    make_account(app, visitor, name, Some(password), None, kind).await
}

/// Makes an account with a password, or an account at another service by which its owner comes, and signs them in.
pub(super) async fn make_account(
    app: &App,
    visitor: &Visitor,
    name: UserName,
    password: Option<Password>,
    identity: Option<NewIdentity>,
    kind: NewAccount,
) -> Result<SignedIn, Error> {
    let (entry, role) = match kind {
        NewAccount::FirstAdministrator => (Entry::FirstAdministrator, Role::Owner),
        NewAccount::Member(invitation) => (entry(app, invitation).await?, Role::Member),
    };
    limits::take(app, Limited::Account(visitor.address)).await?;
    let password_hash = match password {
        Some(password) => Some(app.passwords.hash(password).await?),
        None => None,
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

/// How somebody comes in. What cannot be good is refused before anything dear is done; what is good is counted when the
/// account is made.
async fn entry(app: &App, invitation: Option<SessionKey>) -> Result<Entry, Error> {
    match (app.rules.now().sign_up, invitation) {
        (SignUp::Closed, _) | (SignUp::Invitation, None) => Err(Refusal::SignUpClosed.into()),
        (SignUp::Open, None) => Ok(Entry::Free),
        (SignUp::Open | SignUp::Invitation, Some(key)) => {
            if super::invited(app, key).await?.is_none() {
                return Err(Refusal::InvitationInvalid.into());
            }
            Ok(Entry::Invitation(key))
        }
    }
}
