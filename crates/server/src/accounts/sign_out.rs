//! Signing out, and what follows when sessions end or change.

use chinwag_live::Delivery;
use chinwag_model::{SessionKey, User};
use chinwag_store::Changed;

use crate::app::App;
use crate::error::Error;

/// Ends a session and closes its open sockets on every node.
pub(crate) async fn sign_out(app: &App, session: SessionKey) -> Result<(), Error> {
    app.store.end_session(session).await?;
    end(app, vec![session]).await;
    Ok(())
}

/// Lets everybody know what became of somebody's sessions; answers who they are now.
pub(crate) async fn settle(app: &App, changed: Changed) -> User {
    app.live.forget(&changed.stale).await;
    end(app, changed.ended).await;
    changed.user
}

/// Tells every node that sessions have ended. The store knows it already; this only makes it quick.
pub(crate) async fn end(app: &App, sessions: Vec<SessionKey>) {
    if sessions.is_empty() {
        return;
    }
    app.live.end(&sessions).await;
    if let Err(error) = app.live.publish(Delivery::SessionsEnded(sessions)).await {
        tracing::warn!(%error, "ended sessions could not be announced");
    }
}
