//! The sign-in page.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chinwag_model::SignUp;
use serde::Deserialize;

use super::elsewhere::{Way, ways};
use super::form::refused;
use super::frame::Frame;
use super::{for_strangers, next, page, welcome_or_ask};
use crate::accounts::{self, NameAndPassword};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Query};
use crate::visitor::Visitor;

/// Where to go afterwards.
#[derive(Deserialize)]
pub(super) struct Next {
    pub(super) next: Option<String>,
}

/// What the forms of this page and the sign-up page send.
#[derive(Deserialize)]
pub(super) struct Filled {
    pub(super) name: String,
    pub(super) password: String,
    pub(super) next: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
pub(super) struct SignIn {
    frame: Frame,
    name: String,
    next: String,
    next_encoded: String,
    /// How else one may come in.
    open: bool,
    guests: bool,
    ways: Vec<Way>,
    invitation: Option<String>,
    problem: Option<String>,
}

impl SignIn {
    fn new(app: &App, next: Option<&str>) -> Self {
        let next = next::safe(next);
        let next_encoded = next::encode(&next);
        let rules = app.rules.now();
        Self {
            frame: Frame::new(app, None),
            name: String::new(),
            next,
            next_encoded,
            open: rules.sign_up == SignUp::Open,
            guests: rules.guests,
            ways: ways(app),
            invitation: None,
            problem: None,
        }
    }

    /// The page, with why somebody is not in.
    pub(super) fn again(app: &App, next: Option<&str>, error: &Error) -> Response {
        let again = Self { problem: Some(error.to_string()), ..Self::new(app, next) };
        refused(error, &again)
    }
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: Option<Who>,
    Query(Next { next }): Query<Next>,
) -> Response {
    for_strangers(who.as_ref(), next.as_deref(), || page(&SignIn::new(&app, next.as_deref())))
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    who: Option<Who>,
    Form(filled): Form<Filled>,
) -> Response {
    let Filled { name, password, next } = filled;
    let given = NameAndPassword { name: name.clone(), password };
    match accounts::sign_in(&app, &visitor, given).await {
        Ok(entered) => welcome_or_ask(&app, &visitor, who, entered, &next::safe(next.as_deref())).await,
        Err(error @ Error::Internal) => error.into_response(),
        Err(error) => {
            let problem = Some(error.to_string());
            let filled = SignIn { name, problem, ..SignIn::new(&app, next.as_deref()) };
            refused(&error, &filled)
        }
    }
}
