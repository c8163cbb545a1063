//! One's own sessions.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use chinwag_model::SessionId;
use serde::Deserialize;

use super::Tab;
use crate::actions::{Action, ListedSession, SessionEnd, SessionList};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Query};
use crate::http::pages::frame::Frame;
use crate::http::pages::notice::{Done, Notice};
use crate::http::pages::page;
use crate::times;

#[derive(Template)]
#[template(path = "account_sessions.html")]
struct Sessions {
    frame: Frame,
    tab: Tab,
    notice: Notice,
    sessions: Vec<ListedSession>,
}

#[derive(Deserialize)]
pub(super) struct Filled {
    /// Which; all others if it is not given.
    session: Option<SessionId>,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Error> {
    let sessions = SessionList {}.run(&app, &who).await?.sessions;
    let (frame, notice) = (Frame::new(&app, Some(&who)), Notice::done(done.as_deref()));
    Ok(page(&Sessions { frame, tab: Tab::Sessions, notice, sessions }))
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    who: Who,
    Form(Filled { session }): Form<Filled>,
) -> Result<Response, Error> {
    SessionEnd { session }.run(&app, &who).await?;
    let done = if session.is_some() { "session" } else { "sessions" };
    // Who has ended their own is shown the way in by that page.
    Ok(Redirect::to(&format!("/account/sessions?done={done}")).into_response())
}
