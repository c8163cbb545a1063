//! The second step of signing in: the code of somebody's second factor.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderMap;
use serde::Deserialize;

use super::form::refused;
use super::frame::Frame;
use super::sign_in::Next;
use super::{next, page, welcome};
use crate::accounts;
use crate::app::App;
use crate::error::Error;
use crate::http::body::{Form, Query};
use crate::http::cookies::pending_token;
use crate::http::identity::AnyWho;
use crate::visitor::Visitor;

/// Where it is.
pub(super) const PATH: &str = "/sign-in/second-factor";

#[derive(Template)]
#[template(path = "sign_in_second_factor.html")]
struct SecondStep {
    frame: Frame,
    next: String,
    problem: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Filled {
    code: String,
    next: Option<String>,
}

impl SecondStep {
    fn new(app: &App, next: Option<&str>, problem: Option<String>) -> Self {
        Self { frame: Frame::new(app, None), next: next::safe(next), problem }
    }
}

/// The way there, from where it goes on to `next`.
pub(super) fn path(next: &str) -> String {
    if next == next::HOME { PATH.to_owned() } else { format!("{PATH}?next={}", next::encode(next)) }
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
    Query(Next { next }): Query<Next>,
) -> Response {
    if pending_token(&headers, visitor.https).is_none() {
        return Redirect::to("/sign-in").into_response();
    }
    page(&SecondStep::new(&app, next.as_deref(), None))
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    who: Option<AnyWho>,
    headers: HeaderMap,
    Form(Filled { code, next }): Form<Filled>,
) -> Response {
    let signed_in = match pending_token(&headers, visitor.https) {
        Some(half_way) => accounts::second_step(&app, &visitor, &half_way, &code).await,
        None => Err(Error::SignInOver),
    };
    match signed_in {
        Ok(signed_in) => {
            let before = who.map(|AnyWho(who)| who);
            welcome(&app, &visitor, before, &signed_in, &next::safe(next.as_deref())).await
        }
        Err(error @ Error::Internal) => error.into_response(),
        Err(error) => {
            let again = SecondStep::new(&app, next.as_deref(), Some(error.to_string()));
            refused(&error, &again)
        }
    }
}
