//! Accounts and sessions.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use chinwag_model::User;
use http::{StatusCode, header};
use serde::Serialize;

use super::answer;
use crate::accounts::{self, NameAndPassword, NewAccount, SignedIn};
use crate::actions::Nothing;
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::Json;
use crate::http::cookies;
use crate::http::identity::Origin;

#[derive(Serialize)]
struct Session {
    token: String,
    user: User,
}

#[derive(Serialize)]
struct Known {
    user: User,
}

/// Makes an account and signs its owner in.
pub(super) async fn create(
    State(app): State<Arc<App>>,
    origin: Origin,
    Json(given): Json<NameAndPassword>,
) -> Result<Response, Error> {
    let signed_in = accounts::sign_up(&app, origin.address, given, NewAccount::Member).await?;
    hand_out(&app, &origin, signed_in, StatusCode::CREATED)
}

/// Signs somebody in.
pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    origin: Origin,
    Json(given): Json<NameAndPassword>,
) -> Result<Response, Error> {
    let signed_in = accounts::sign_in(&app, origin.address, given).await?;
    hand_out(&app, &origin, signed_in, StatusCode::OK)
}

/// Says who is signed in.
pub(super) async fn show_session(who: Who) -> Result<Response, Error> {
    answer(StatusCode::OK, Known { user: who.user })
}

/// Signs somebody out.
pub(super) async fn sign_out(
    State(app): State<Arc<App>>,
    origin: Origin,
    who: Who,
) -> Result<Response, Error> {
    accounts::sign_out(&app, who.session).await?;
    let mut response = answer(StatusCode::OK, Nothing {})?;
    if let Some(cookie) = cookies::take_back(origin.https) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn hand_out(app: &App, origin: &Origin, signed_in: SignedIn, status: StatusCode) -> Result<Response, Error> {
    let SignedIn { user, token } = signed_in;
    let cookie = cookies::give(&token, app.settings.session_idle, origin.https);
    let mut response = answer(status, Session { token: token.expose().to_owned(), user })?;
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
