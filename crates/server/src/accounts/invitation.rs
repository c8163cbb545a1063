//! Invitations: who has one may make an account.

use chinwag_model::{Refusal, SessionKey};
use chinwag_store::Invitation;

use super::now;
use crate::app::App;
use crate::error::Error;
use crate::tokens::Token;

/// What the invitation with this secret is known by. The secret itself goes no further.
pub(crate) fn invitation_key(secret: &str) -> Result<SessionKey, Refusal> {
    Token::parse(secret).map(|token| token.key()).ok_or(Refusal::InvitationInvalid)
}

/// The good invitation with this key, if there is one.
pub(crate) async fn invited(app: &App, key: SessionKey) -> Result<Option<Invitation>, Error> {
    let invitation = app.store.invitation(key).await?;
    Ok(invitation.filter(|invitation| invitation.is_good(now())))
}
