//! The pages. They work without JavaScript; the browser client takes over those about rooms where it can.

mod account;
mod administration;
mod elsewhere;
mod error;
mod first_administrator;
mod form;
mod frame;
mod guest;
mod invitation;
mod next;
mod notice;
mod people;
mod qr;
mod reset;
mod retention;
mod room;
mod room_members;
mod rooms;
mod second_step;
mod shown_link;
mod sign_in;
mod sign_out;
mod sign_up;

pub(super) use error::{error, unknown};

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chinwag_model::{Role, Room, RoomKind};
use http::{StatusCode, header};

use crate::accounts::{self, Entered, SignedIn};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::cookies;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(rooms::show))
        .route("/rooms", get(rooms::show).post(rooms::create))
        .route("/rooms/{room}", get(room::show).post(room::post))
        .route("/rooms/{room}/join", post(room::join))
        .route("/rooms/{room}/leave", post(room::leave))
        .route("/rooms/{room}/members", get(room_members::show).post(room_members::submit))
        .route("/people", get(people::show).post(people::talk))
        .route("/guest", get(guest::show).post(guest::submit))
        .route("/invitation/{secret}", get(invitation::show).post(invitation::submit))
        .route("/reset/{secret}", get(reset::show).post(reset::submit))
        .route("/sign-in", get(sign_in::show).post(sign_in::submit))
        .route(second_step::PATH, get(second_step::show).post(second_step::submit))
        .route("/sign-up", get(sign_up::show).post(sign_up::submit))
        .route("/sign-out", post(sign_out::submit))
        .route(
            "/first-administrator/{secret}",
            get(first_administrator::show).post(first_administrator::submit),
        )
        .merge(elsewhere::router())
        .merge(account::router())
        .merge(administration::router())
        .layer(from_fn(or_sign_in))
}

/// What a room is called to somebody: by its name or, if it is a direct conversation, by those of the others.
fn room_title(room: &Room, who: &Who) -> String {
    if room.kind != RoomKind::Direct {
        return room.name.clone();
    }
    let others = room.people.iter().filter(|person| person.id != who.user.id);
    let names: Vec<&str> = others.map(|person| person.name.as_str()).collect();
    if names.is_empty() { "Just you".to_owned() } else { names.join(", ") }
}

/// A page that is ready to be sent.
fn page(template: &impl Template) -> Response {
    page_with(StatusCode::OK, template)
}

/// The same with another status.
fn page_with(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            Error::Internal.into_response()
        }
    }
}

/// Shows a page to whoever is not signed in, guests included, and sends everybody else on their way.
fn for_strangers(who: Option<&Who>, next: Option<&str>, page: impl FnOnce() -> Response) -> Response {
    if who.is_some_and(|who| who.user.role > Role::Guest) {
        Redirect::to(&next::safe(next)).into_response()
    } else {
        page()
    }
}

/// Sends somebody who has just come in on their way. The session that their browser had before, if it had one, ends: it is of
/// no more use to anybody.
async fn welcome(
    app: &App,
    visitor: &Visitor,
    before: Option<Who>,
    signed_in: &SignedIn,
    to: &str,
) -> Response {
    if let Some(before) = before
        && let Err(error) = accounts::sign_out(app, before.session).await
    {
        tracing::warn!(%error, "an earlier session could not be ended");
    }
    let mut response = Redirect::to(to).into_response();
    let cookies = [
        cookies::give(&signed_in.token, app.settings.session_idle, visitor.https),
        cookies::take_back_pending(visitor.https),
    ];
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The same for somebody who may have to show their second factor first.
async fn welcome_or_ask(
    app: &App,
    visitor: &Visitor,
    before: Option<Who>,
    entered: Entered,
    to: &str,
) -> Response {
    let half_way = match entered {
        Entered::In(signed_in) => return welcome(app, visitor, before, &signed_in, to).await,
        Entered::HalfWay(token) => token,
    };
    let mut response = Redirect::to(&second_step::path(to)).into_response();
    if let Some(cookie) = cookies::give_pending(&half_way, visitor.https) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Shows the way in to whoever asks for a page that is for people who are signed in. From there it goes on to that page.
async fn or_sign_in(request: Request, next: Next) -> Response {
    let here = request.uri().clone();
    let response = next.run(request).await;
    match response.extensions().get::<Arc<Error>>().map(Arc::as_ref) {
        Some(Error::Unauthenticated) => Redirect::to(&next::sign_in_then(&here)).into_response(),
        Some(Error::SecondFactorMissing) => Redirect::to("/account/second-factor").into_response(),
        _ => response,
    }
}
