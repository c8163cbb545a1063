//! One's own picture.

use std::sync::Arc;

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Redirect, Response};
use chinwag_model::User;
use http::StatusCode;

use super::{Done, Tab};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{File, Query};
use crate::http::pages::frame::Frame;
use crate::http::pages::notice::Notice;
use crate::http::pages::{or_sign_in, page};
use crate::http::pictures::{remove_picture, set_picture};

#[derive(Template)]
#[template(path = "account_picture.html")]
struct Picture {
    frame: Frame,
    tab: Tab,
    notice: Notice,
    user: User,
    limit: usize,
}

impl Picture {
    async fn load(app: &App, who: &Who, notice: Notice) -> Result<Self, Error> {
        let user = app.store.person(who.user.id).await?.ok_or(Error::Unauthenticated)?;
        let (frame, limit) = (Frame::new(app, Some(who)), app.settings.payload_bytes / 1_000);
        Ok(Self { frame, tab: Tab::Picture, notice, user, limit })
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
        Ok(page(StatusCode::OK, &Picture::load(&app, &who, Notice::done(done.as_deref())).await?))
    };
    or_sign_in(shown.await, &here)
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    OriginalUri(here): OriginalUri,
    who: Option<Who>,
    file: Result<File, Error>,
) -> Response {
    let saved = async {
        let who = who.ok_or(Error::Unauthenticated)?;
        let saved = match file {
            Ok(File(file)) => set_picture(&app, &who, file).await,
            Err(error) => Err(error),
        };
        match saved {
            Ok(_) => Ok(Redirect::to("/account/picture?done=picture").into_response()),
            Err(error @ Error::Internal) => Err(error),
            Err(error) => {
                let again = Picture::load(&app, &who, Notice::problem(&error)).await?;
                Ok(error.with_headers(page(error.status(), &again)))
            }
        }
    };
    or_sign_in(saved.await, &here)
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    OriginalUri(here): OriginalUri,
    who: Option<Who>,
) -> Response {
    let removed = async {
        let who = who.ok_or(Error::Unauthenticated)?;
        remove_picture(&app, &who).await?;
        Ok(Redirect::to("/account/picture?done=picture-gone").into_response())
    };
    or_sign_in(removed.await, &here)
}
