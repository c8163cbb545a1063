//! Access tokens, and short-lived ones.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use chinwag_model::SessionId;
use http::StatusCode;

use super::{answer, carry_out};
use crate::actions::{Action, TokenList, TokenMake, TokenRevoke, TokenShort};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Json, Path};

pub(super) async fn list(State(app): State<Arc<App>>, who: Who) -> Result<Response, Error> {
    carry_out(&app, &who, TokenList {}).await
}

pub(super) async fn make(
    State(app): State<Arc<App>>,
    who: Who,
    Json(token): Json<TokenMake>,
) -> Result<Response, Error> {
    answer(StatusCode::CREATED, token.run(&app, &who).await?)
}

pub(super) async fn short(
    State(app): State<Arc<App>>,
    who: Who,
    Json(token): Json<TokenShort>,
) -> Result<Response, Error> {
    answer(StatusCode::CREATED, token.run(&app, &who).await?)
}

pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    who: Who,
    Path(id): Path<SessionId>,
) -> Result<Response, Error> {
    carry_out(&app, &who, TokenRevoke { id }).await
}
