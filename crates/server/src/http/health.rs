//! Whether the process lives, and whether it can work.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http::StatusCode;

use crate::app::App;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/healthz", get(lives)).route("/readyz", get(ready))
}

async fn lives() -> &'static str {
    "ok\n"
}

async fn ready(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    if app.is_draining() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    match app.store.ping().await {
        // It comes back to it as soon as the store can be asked.
        Ok(()) if app.registration.is_over() => {
            (StatusCode::SERVICE_UNAVAILABLE, "the other nodes do not know this one\n")
        }
        // Without Redis everything goes on, others' messages a second later: whoever sends people here should go on as well.
        Ok(()) if app.live.reaches_others() && *app.live.suspect().borrow() => {
            (StatusCode::OK, "ok, but Redis cannot be reached\n")
        }
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::warn!(%error, "the store cannot be read");
            (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be read\n")
        }
    }
}
