//! Messages and catching up.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use chinwag_model::{Rev, RoomId};
use http::StatusCode;
use serde::Deserialize;

use super::{Nonce, answer, carry_out, limit};
use crate::actions::{
    Action, CommandList, MessageDelete, MessageEdit, MessageSend, RoomLoad, RoomSearch, Sent, Sync,
};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Json, Path, Query};

#[derive(Deserialize)]
pub(super) struct Before {
    before: Option<Rev>,
    limit: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct Sought {
    text: String,
    before: Option<Rev>,
    limit: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct NewMessage {
    text: String,
    nonce: String,
}

#[derive(Deserialize)]
pub(super) struct NewText {
    version: Rev,
    text: String,
    nonce: Option<String>,
}

pub(super) async fn page(
    State(app): State<Arc<App>>,
    who: Who,
    Path(room): Path<RoomId>,
    Query(page): Query<Before>,
) -> Result<Response, Error> {
    carry_out(&app, &who, RoomLoad { room, before: page.before, limit: limit(page.limit)? }).await
}

pub(super) async fn search(
    State(app): State<Arc<App>>,
    who: Who,
    Path(room): Path<RoomId>,
    Query(Sought { text, before, limit: given }): Query<Sought>,
) -> Result<Response, Error> {
    carry_out(&app, &who, RoomSearch { room, text, before, limit: limit(given)? }).await
}

pub(super) async fn send(
    State(app): State<Arc<App>>,
    who: Who,
    Path(room): Path<RoomId>,
    Json(NewMessage { text, nonce }): Json<NewMessage>,
) -> Result<Response, Error> {
    let sent = MessageSend { room, text, nonce }.run(&app, &who).await?;
    let status = match sent {
        Sent::Posted { .. } => StatusCode::CREATED,
        // Nothing was made.
        Sent::Answered(_) => StatusCode::OK,
    };
    answer(status, sent)
}

pub(super) async fn commands(State(app): State<Arc<App>>, who: Who) -> Result<Response, Error> {
    carry_out(&app, &who, CommandList {}).await
}

pub(super) async fn edit(
    State(app): State<Arc<App>>,
    who: Who,
    Path((room, seq)): Path<(RoomId, Rev)>,
    Json(NewText { version, text, nonce }): Json<NewText>,
) -> Result<Response, Error> {
    carry_out(&app, &who, MessageEdit { room, seq, version, text, nonce }).await
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    who: Who,
    Path((room, seq)): Path<(RoomId, Rev)>,
    Query(Nonce { nonce }): Query<Nonce>,
) -> Result<Response, Error> {
    carry_out(&app, &who, MessageDelete { room, seq, nonce }).await
}

pub(super) async fn sync(
    State(app): State<Arc<App>>,
    who: Who,
    Json(sync): Json<Sync>,
) -> Result<Response, Error> {
    carry_out(&app, &who, sync).await
}
