//! Signing out.

use chinwag_live::Delivery;
use chinwag_model::SessionKey;

use crate::app::App;
use crate::error::Error;

/// Ends a session and closes its open sockets on every node.
pub(crate) async fn sign_out(app: &App, session: SessionKey) -> Result<(), Error> {
    app.store.end_session(session).await?;
    end(app, vec![session]).await;
    Ok(())
}

/// Tells every node that sessions have ended. The store knows it already; this only makes it quick.
pub(super) async fn end(app: &App, sessions: Vec<SessionKey>) {
    app.live.end(&sessions).await;
    if let Err(error) = app.live.publish(Delivery::SessionsEnded(sessions)).await {
        tracing::warn!(%error, "ended sessions could not be announced");
    }
}
