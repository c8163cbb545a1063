//! The page on which an account is made.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chinwag_model::name::USER_NAME_CHARS;
use chinwag_model::password::PASSWORD_MIN_CHARS;
use chinwag_model::{Refusal, SignUp};

use super::elsewhere::{Way, ways};
use super::form::refused;
use super::frame::Frame;
use super::sign_in::{Filled, Next};
use super::{for_strangers, next, page, welcome};
use crate::accounts::{self, NameAndPassword, NewAccount};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Query};
use crate::links::INVITATION;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "sign_up.html")]
pub(super) struct SignUpPage {
    frame: Frame,
    /// Where the form goes.
    action: String,
    heading: &'static str,
    intro: &'static str,
    /// Whether there is another way in.
    ordinary: bool,
    name_chars: usize,
    password_chars: usize,
    name: String,
    next: String,
    next_encoded: String,
    ways: Vec<Way>,
    invitation: Option<String>,
    problem: Option<String>,
}

impl SignUpPage {
    fn new(app: &App, next: Option<&str>) -> Self {
        let next = next::safe(next);
        let next_encoded = next::encode(&next);
        Self {
            frame: Frame::new(app, None),
            action: "/sign-up".into(),
            heading: "Make an account",
            intro: "Choose the name that the others will see, and a password.",
            ordinary: true,
            name_chars: USER_NAME_CHARS,
            password_chars: PASSWORD_MIN_CHARS,
            name: String::new(),
            next,
            next_encoded,
            ways: ways(app),
            invitation: None,
            problem: None,
        }
    }

    /// The same page for somebody who was invited.
    pub(super) fn invited(app: &App, secret: String) -> Self {
        Self {
            action: format!("{INVITATION}{secret}"),
            invitation: Some(secret),
            heading: "You are invited",
            intro: "Choose the name that the others will see, and a password.",
            ..Self::new(app, None)
        }
    }

    /// The same page for the first administrator.
    pub(super) fn first_administrator(app: &App, action: String) -> Self {
        Self {
            action,
            heading: "Make the first administrator",
            intro: "This link works once. The account that you make here owns the workspace: it decides who comes in, and who keeps order.",
            ordinary: false,
            ways: Vec::new(),
            ..Self::new(app, None)
        }
    }

    /// The page again, with what was wrong.
    pub(super) fn again(self, name: String, error: &Error) -> Response {
        let filled = Self { name, problem: Some(error.to_string()), ..self };
        refused(error, &filled)
    }
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: Option<Who>,
    Query(Next { next }): Query<Next>,
) -> Response {
    for_strangers(who.as_ref(), next.as_deref(), || {
        if app.rules.now().sign_up == SignUp::Open {
            page(&SignUpPage::new(&app, next.as_deref()))
        } else {
            Error::from(Refusal::SignUpClosed).into_response()
        }
    })
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    who: Option<Who>,
    Form(filled): Form<Filled>,
) -> Response {
    let Filled { name, password, next } = filled;
    let given = NameAndPassword { name: name.clone(), password };
    match accounts::sign_up(&app, &visitor, given, NewAccount::Member(None)).await {
        Ok(signed_in) => welcome(&app, &visitor, who, &signed_in, &next::safe(next.as_deref())).await,
        Err(error @ (Error::Internal | Error::Refused(Refusal::SignUpClosed))) => error.into_response(),
        Err(error) => SignUpPage::new(&app, next.as_deref()).again(name, &error),
    }
}
