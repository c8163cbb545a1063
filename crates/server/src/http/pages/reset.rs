//! The page behind a link for a new password.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chinwag_model::Refusal;
use chinwag_model::password::PASSWORD_MIN_CHARS;
use serde::Deserialize;

use super::form::refused;
use super::frame::Frame;
use super::{next, page, welcome_or_ask};
use crate::accounts;
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Path};
use crate::links::RESET;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "reset.html")]
struct Reset {
    frame: Frame,
    /// Whose password it is.
    name: String,
    /// Where the form goes.
    action: String,
    password_chars: usize,
    problem: Option<String>,
}

impl Reset {
    async fn load(app: &App, secret: &str, problem: Option<String>) -> Result<Self, Error> {
        let user = accounts::whose_reset(app, secret).await?.ok_or(Refusal::ResetInvalid)?;
        Ok(Self {
            frame: Frame::new(app, None),
            name: user.name,
            action: format!("{RESET}{secret}"),
            password_chars: PASSWORD_MIN_CHARS,
            problem,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Filled {
    password: String,
}

pub(super) async fn show(State(app): State<Arc<App>>, Path(secret): Path<String>) -> Result<Response, Error> {
    Ok(page(&Reset::load(&app, &secret, None).await?))
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    who: Option<Who>,
    Path(secret): Path<String>,
    Form(Filled { password }): Form<Filled>,
) -> Result<Response, Error> {
    match accounts::reset_password(&app, &visitor, &secret, password).await {
        Ok(entered) => Ok(welcome_or_ask(&app, &visitor, who, entered, next::HOME).await),
        Err(error @ (Error::Internal | Error::Refused(Refusal::ResetInvalid | Refusal::Suspended))) => {
            Err(error)
        }
        Err(error) => {
            let again = Reset::load(&app, &secret, Some(error.to_string())).await?;
            Ok(refused(&error, &again))
        }
    }
}
