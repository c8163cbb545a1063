//! The HTTP API, `/api/v1`: the same actions as over sockets.

mod accounts;
mod administration;
mod export;
mod messages;
mod picture;
mod rooms;
mod second_factor;
mod sessions;
mod tokens;

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, patch, post, put};
use axum::{Json, Router};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::actions::{Action, Limit, Success};
use crate::app::{App, Who};
use crate::error::Error;

pub(in crate::http) use export::export;

pub(super) fn router() -> Router<Arc<App>> {
    let api = Router::new()
        .route(
            "/account",
            post(accounts::create).patch(accounts::change_profile).delete(accounts::delete_account),
        )
        .route("/account/password", put(accounts::change_password))
        .route("/account/avatar", put(picture::upload).delete(picture::remove))
        .route("/account/export", get(export::export))
        .route(
            "/account/second-factor",
            get(second_factor::show).put(second_factor::set).delete(second_factor::remove),
        )
        .route("/account/services", get(accounts::services).delete(accounts::unlink))
        .route("/account/second-factor/begin", post(second_factor::begin))
        .route("/account/second-factor/recovery-codes", post(second_factor::renew))
        .route("/guest", post(accounts::guest))
        .route("/session", get(sessions::show).post(sessions::sign_in).delete(sessions::sign_out))
        .route("/session/second-factor", post(second_factor::sign_in))
        .route("/sessions", get(sessions::list).delete(sessions::end_others))
        .route("/sessions/{session}", delete(sessions::end))
        .route("/tokens", get(tokens::list).post(tokens::make))
        .route("/tokens/short", post(tokens::short))
        .route("/tokens/{token}", delete(tokens::revoke))
        .route("/me", get(rooms::me))
        .route("/commands", get(messages::commands))
        .route("/people", get(accounts::search))
        .route("/rooms", get(rooms::list).post(rooms::create))
        .route("/direct", post(rooms::direct))
        .route("/rooms/{room}", get(messages::page).patch(rooms::rename))
        .route("/rooms/{room}/messages", get(messages::page).post(messages::send))
        .route("/rooms/{room}/messages/{seq}", patch(messages::edit).delete(messages::remove))
        .route("/rooms/{room}/retention", put(rooms::set_retention))
        .route("/rooms/{room}/search", get(messages::search))
        .route("/rooms/{room}/members", get(rooms::members))
        .route("/rooms/{room}/members/me", put(rooms::join).delete(rooms::leave))
        .route("/rooms/{room}/members/{user}", put(rooms::add).delete(rooms::remove))
        .route("/rooms/{room}/members/{user}/role", put(rooms::set_role))
        .route("/rooms/{room}/presence", get(rooms::presence))
        .route("/sync", post(messages::sync))
        .nest("/administration", administration::router());
    Router::new().nest("/api/v1", api)
}

/// A nonce in the query, for requests without a body.
#[derive(Deserialize)]
struct Nonce {
    nonce: Option<String>,
}

/// A page of something, in the query.
#[derive(Deserialize)]
struct PageOf<After> {
    after: Option<After>,
    limit: Option<i64>,
}

/// How many things were asked for.
fn limit(given: Option<i64>) -> Result<Limit, Error> {
    Limit::try_from(given).map_err(|sentence| Error::PayloadInvalid(format!("limit: {sentence}.")))
}

/// Carries out an action.
async fn carry_out<A: Action>(app: &App, who: &Who, action: A) -> Result<Response, Error> {
    answer(StatusCode::OK, action.run(app, who).await?)
}

fn answer(status: StatusCode, answer: impl Serialize) -> Result<Response, Error> {
    Ok((status, Json(Success::new(answer))).into_response())
}
