//! Coming in as a guest, by a handle.

use chinwag_model::{Refusal, Role, UserId, UserName};
use chinwag_store::{Entry, NewUser};
use uuid::Uuid;

use super::{GUEST, SignedIn, lasting_session};
use crate::app::App;
use crate::error::Error;
use crate::limits::{self, Limited};
use crate::visitor::Visitor;

/// Lets somebody in without a password, until their session ends.
pub(crate) async fn come_as_guest(app: &App, visitor: &Visitor, handle: &str) -> Result<SignedIn, Error> {
    if !app.rules.now().guests {
        return Err(Refusal::GuestsClosed.into());
    }
    let name = UserName::parse(handle)?;
    limits::take(app, Limited::Account(visitor.address)).await?;
    let (token, session) = lasting_session(visitor, GUEST)?;
    let new = NewUser {
        id: UserId(Uuid::now_v7()),
        name,
        password_hash: None,
        identity: None,
        role: Role::Guest,
        entry: Entry::Free,
        session: Some(session),
    };
    let user = app.store.create_user(new).await?;
    tracing::info!(user = %user.id, "a guest came");
    Ok(SignedIn { user, token })
}
