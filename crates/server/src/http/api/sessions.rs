//! Sessions: signing in and out, and the list of one's own.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chinwag_model::{SessionId, User};
use http::{StatusCode, header};
use serde::Serialize;

use super::{answer, carry_out};
use crate::accounts::{self, Entered, NameAndPassword, SignedIn};
use crate::actions::{Nothing, SessionEnd, SessionList};
use crate::app::{App, Needs, Who};
use crate::error::Error;
use crate::http::body::{Json, Path};
use crate::http::cookies;
use crate::http::identity::AnyWho;
use crate::visitor::Visitor;

#[derive(Serialize)]
struct Session {
    token: String,
    user: User,
}

#[derive(Serialize)]
struct Known {
    user: User,
}

/// Signs somebody in.
pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Json(given): Json<NameAndPassword>,
) -> Result<Response, Error> {
    let half_way = match accounts::sign_in(&app, &visitor, given).await? {
        Entered::In(signed_in) => return hand_out(&app, &visitor, signed_in, StatusCode::OK),
        Entered::HalfWay(token) => token,
    };
    // A page that has asked goes on by the page for it.
    let cookie = cookies::give_pending(&half_way, visitor.https);
    let mut response = Error::SecondFactorRequired(half_way).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Says who is signed in, or whose a token is, whatever that is good for.
pub(super) async fn show(AnyWho(who): AnyWho) -> Result<Response, Error> {
    answer(StatusCode::OK, Known { user: who.user })
}

/// Signs somebody out.
pub(super) async fn sign_out(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    AnyWho(who): AnyWho,
) -> Result<Response, Error> {
    who.may(Needs::Session)?;
    accounts::sign_out(&app, who.session).await?;
    let mut response = answer(StatusCode::OK, Nothing {})?;
    if let Some(cookie) = cookies::take_back(visitor.https) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

pub(super) async fn list(State(app): State<Arc<App>>, who: Who) -> Result<Response, Error> {
    carry_out(&app, &who, SessionList {}).await
}

pub(super) async fn end(
    State(app): State<Arc<App>>,
    who: Who,
    Path(session): Path<SessionId>,
) -> Result<Response, Error> {
    carry_out(&app, &who, SessionEnd { session: Some(session) }).await
}

pub(super) async fn end_others(State(app): State<Arc<App>>, who: Who) -> Result<Response, Error> {
    carry_out(&app, &who, SessionEnd { session: None }).await
}

/// Gives somebody who has just signed in their token.
pub(super) fn hand_out(
    app: &App,
    visitor: &Visitor,
    signed_in: SignedIn,
    status: StatusCode,
) -> Result<Response, Error> {
    let SignedIn { user, token } = signed_in;
    let cookie = cookies::give(&token, app.settings.session_idle, visitor.https);
    let mut response = answer(status, Session { token: token.expose().to_owned(), user })?;
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
