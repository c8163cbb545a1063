//! The end of sessions whose time is over.

use std::sync::Arc;
use std::time::Duration;

use super::end;
use crate::app::App;

/// How often it is looked for them. An open socket outlives its session by this at most.
const EVERY: Duration = Duration::from_secs(5);

/// Ends sessions whose time is over, and closes their sockets. A task of the application.
pub(crate) async fn sweep_sessions(app: Arc<App>) {
    loop {
        match app.store.sweep_sessions().await {
            Ok(over) if over.is_empty() => tokio::time::sleep(EVERY).await,
            Ok(over) => end(&app, over).await,
            Err(error) => {
                tracing::debug!(%error, "ended sessions could not be looked for");
                tokio::time::sleep(EVERY).await;
            }
        }
    }
}
