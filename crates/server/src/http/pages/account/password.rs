//! One's own password.

use std::sync::Arc;

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Redirect, Response};
use chinwag_model::User;
use chinwag_model::password::PASSWORD_MIN_CHARS;
use http::StatusCode;
use serde::Deserialize;

use super::{Done, Tab};
use crate::actions::{AccountPassword, Action};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Query};
use crate::http::pages::frame::Frame;
use crate::http::pages::notice::Notice;
use crate::http::pages::{or_sign_in, page};

#[derive(Template)]
#[template(path = "account_password.html")]
struct Password {
    frame: Frame,
    tab: Tab,
    notice: Notice,
    user: User,
    password_chars: usize,
}

impl Password {
    fn new(app: &App, who: &Who, notice: Notice) -> Self {
        let (frame, user) = (Frame::new(app, Some(who)), who.user.clone());
        Self { frame, tab: Tab::Password, notice, user, password_chars: PASSWORD_MIN_CHARS }
    }
}

#[derive(Deserialize)]
pub(super) struct Filled {
    present: String,
    new: String,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    OriginalUri(here): OriginalUri,
    who: Option<Who>,
    Query(Done { done }): Query<Done>,
) -> Response {
    let shown = who
        .ok_or(Error::Unauthenticated)
        .map(|who| page(StatusCode::OK, &Password::new(&app, &who, Notice::done(done.as_deref()))));
    or_sign_in(shown, &here)
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    OriginalUri(here): OriginalUri,
    who: Option<Who>,
    Form(Filled { present, new }): Form<Filled>,
) -> Response {
    let saved = async {
        let who = who.ok_or(Error::Unauthenticated)?;
        match (AccountPassword { present, new }).run(&app, &who).await {
            Ok(_) => Ok(Redirect::to("/account/password?done=password").into_response()),
            Err(error @ Error::Internal) => Err(error),
            Err(error) => {
                let again = Password::new(&app, &who, Notice::problem(&error));
                Ok(error.with_headers(page(error.status(), &again)))
            }
        }
    };
    or_sign_in(saved.await, &here)
}
