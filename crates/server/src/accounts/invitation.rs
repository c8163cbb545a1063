//! Invitations: who has one may make an account.

use chinwag_store::Invitation;

use super::now;
use crate::app::App;
use crate::error::Error;
use crate::tokens::Token;

/// The good invitation with this secret, if there is one.
pub(crate) async fn invited(app: &App, secret: &str) -> Result<Option<Invitation>, Error> {
    let Some(token) = Token::parse(secret) else { return Ok(None) };
    let invitation = app.store.invitation(token.key()).await?;
    Ok(invitation.filter(|invitation| invitation.is_good(now())))
}
