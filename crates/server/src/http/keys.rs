//! The keys by which others can look at our short-lived tokens (RFC 7517).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderValue, header};

use crate::app::App;
use crate::error::Error;

/// Where they are. A name that others know to ask for (RFC 8615).
const PATH: &str = "/.well-known/jwks.json";
/// How long others keep them: a key that is new signs at once, and who does not know it asks again.
const FRESH: HeaderValue = HeaderValue::from_static("public, max-age=60");

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route(PATH, get(show))
}

async fn show(State(app): State<Arc<App>>) -> Result<Response, Error> {
    let keys = app.signing.public(&*app.store).await?;
    Ok(([(header::CACHE_CONTROL, FRESH)], Json(keys)).into_response())
}
