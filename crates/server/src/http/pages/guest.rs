//! Coming in as a guest: a handle is all that is asked for.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chinwag_model::Refusal;
use chinwag_model::name::USER_NAME_CHARS;
use serde::Deserialize;

use super::form::refused;
use super::frame::Frame;
use super::sign_in::Next;
use super::{for_strangers, next, page, welcome};
use crate::accounts;
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Query};
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "guest.html")]
struct Guest {
    frame: Frame,
    name: String,
    name_chars: usize,
    next: String,
    problem: Option<String>,
}

impl Guest {
    fn new(app: &App, next: Option<&str>) -> Self {
        let (frame, next) = (Frame::new(app, None), next::safe(next));
        Self { frame, name: String::new(), name_chars: USER_NAME_CHARS, next, problem: None }
    }
}

#[derive(Deserialize)]
pub(super) struct Filled {
    name: String,
    next: Option<String>,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: Option<Who>,
    Query(Next { next }): Query<Next>,
) -> Response {
    for_strangers(who.as_ref(), next.as_deref(), || {
        if app.rules.now().guests {
            page(&Guest::new(&app, next.as_deref()))
        } else {
            Error::from(Refusal::GuestsClosed).into_response()
        }
    })
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    who: Option<Who>,
    Form(Filled { name, next }): Form<Filled>,
) -> Response {
    match accounts::come_as_guest(&app, &visitor, &name).await {
        Ok(signed_in) => welcome(&app, &visitor, who, &signed_in, &next::safe(next.as_deref())).await,
        Err(error @ (Error::Internal | Error::Refused(Refusal::GuestsClosed))) => error.into_response(),
        Err(error) => {
            let again = Guest { name, problem: Some(error.to_string()), ..Guest::new(&app, next.as_deref()) };
            refused(&error, &again)
        }
    }
}
