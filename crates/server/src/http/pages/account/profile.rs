//! How one is shown: name and status.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chinwag_model::line::STATUS_CHARS;
use chinwag_model::name::USER_NAME_CHARS;
use serde::Deserialize;

use super::Tab;
use crate::actions::{AccountProfile, Action};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Query};
use crate::http::pages::form::done_or_again;
use crate::http::pages::frame::Frame;
use crate::http::pages::notice::{Done, Notice};
use crate::http::pages::page;

#[derive(Deserialize)]
pub(super) struct Filled {
    name: String,
    status: String,
}

#[derive(Template)]
#[template(path = "account_profile.html")]
struct Profile {
    frame: Frame,
    tab: Tab,
    notice: Notice,
    name: String,
    status: String,
    name_chars: usize,
    status_chars: usize,
}

impl Profile {
    async fn load(app: &App, who: &Who, notice: Notice) -> Result<Self, Error> {
        // As it is now: another window may have changed it.
        let user = app.store.person(who.user.id).await?.ok_or(Error::Unauthenticated)?;
        Ok(Self {
            frame: Frame::new(app, Some(&Who { user: user.clone(), ..who.clone() })),
            tab: Tab::Profile,
            notice,
            name: user.name,
            status: user.status,
            name_chars: USER_NAME_CHARS,
            status_chars: STATUS_CHARS,
        })
    }
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Error> {
    Ok(page(&Profile::load(&app, &who, Notice::done(done.as_deref())).await?))
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    who: Who,
    Form(Filled { name, status }): Form<Filled>,
) -> Result<Response, Error> {
    let change = AccountProfile { name: Some(name.clone()), status: Some(status.clone()) };
    let saved = change.run(&app, &who).await.map(|_| "/account?done=profile");
    let again = async |notice| Ok(Profile { name, status, ..Profile::load(&app, &who, notice).await? });
    done_or_again(saved, again).await
}
