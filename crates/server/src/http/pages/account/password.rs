//! One's own password.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chinwag_model::User;
use chinwag_model::password::PASSWORD_MIN_CHARS;
use serde::Deserialize;

use super::Tab;
use crate::accounts;
use crate::actions::{AccountPassword, Action};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Query};
use crate::http::pages::form::done_or_again;
use crate::http::pages::frame::Frame;
use crate::http::pages::notice::{Done, Notice};
use crate::http::pages::page;

#[derive(Template)]
#[template(path = "account_password.html")]
struct Password {
    frame: Frame,
    tab: Tab,
    notice: Notice,
    user: User,
    has_password: bool,
    password_chars: usize,
}

impl Password {
    async fn load(app: &App, who: &Who, notice: Notice) -> Result<Self, Error> {
        let (frame, user) = (Frame::new(app, Some(who)), who.user.clone());
        let has_password = accounts::has_password(app, who).await?;
        Ok(Self { frame, tab: Tab::Password, notice, user, has_password, password_chars: PASSWORD_MIN_CHARS })
    }
}

#[derive(Deserialize)]
pub(super) struct Filled {
    present: Option<String>,
    new: String,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Error> {
    Ok(page(&Password::load(&app, &who, Notice::done(done.as_deref())).await?))
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    who: Who,
    Form(Filled { present, new }): Form<Filled>,
) -> Result<Response, Error> {
    let saved = AccountPassword { present, new }.run(&app, &who).await;
    let saved = saved.map(|_| "/account/password?done=password");
    done_or_again(saved, async |notice| Password::load(&app, &who, notice).await).await
}
