//! How one is shown: name and status.

use std::sync::Arc;

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Redirect, Response};
use chinwag_model::line::STATUS_CHARS;
use chinwag_model::name::USER_NAME_CHARS;
use http::StatusCode;
use serde::Deserialize;

use super::{Done, Tab};
use crate::actions::{AccountProfile, Action};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Query};
use crate::http::pages::frame::Frame;
use crate::http::pages::notice::Notice;
use crate::http::pages::{or_sign_in, page};

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
    OriginalUri(here): OriginalUri,
    who: Option<Who>,
    Query(Done { done }): Query<Done>,
) -> Response {
    let shown = async {
        let who = who.ok_or(Error::Unauthenticated)?;
        Ok(page(StatusCode::OK, &Profile::load(&app, &who, Notice::done(done.as_deref())).await?))
    };
    or_sign_in(shown.await, &here)
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    OriginalUri(here): OriginalUri,
    who: Option<Who>,
    Form(Filled { name, status }): Form<Filled>,
) -> Response {
    let saved = async {
        let who = who.ok_or(Error::Unauthenticated)?;
        let change = AccountProfile { name: Some(name.clone()), status: Some(status.clone()) };
        match change.run(&app, &who).await {
            Ok(_) => Ok(Redirect::to("/account?done=profile").into_response()),
            Err(error @ Error::Internal) => Err(error),
            Err(error) => {
                let again =
                    Profile { name, status, ..Profile::load(&app, &who, Notice::problem(&error)).await? };
                Ok(error.with_headers(page(error.status(), &again)))
            }
        }
    };
    or_sign_in(saved.await, &here)
}
