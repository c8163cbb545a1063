//! One's own picture.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use chinwag_model::User;

use super::Tab;
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{File, Query};
use crate::http::pages::form::done_or_again;
use crate::http::pages::frame::Frame;
use crate::http::pages::notice::{Done, Notice};
use crate::http::pages::page;
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
    who: Who,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Error> {
    Ok(page(&Picture::load(&app, &who, Notice::done(done.as_deref())).await?))
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    who: Who,
    file: Result<File, Error>,
) -> Result<Response, Error> {
    let saved = match file {
        Ok(File(file)) => set_picture(&app, &who, file).await,
        Err(error) => Err(error),
    };
    let saved = saved.map(|_| "/account/picture?done=picture");
    done_or_again(saved, async |notice| Picture::load(&app, &who, notice).await).await
}

pub(super) async fn remove(State(app): State<Arc<App>>, who: Who) -> Result<Response, Error> {
    remove_picture(&app, &who).await?;
    Ok(Redirect::to("/account/picture?done=picture-gone").into_response())
}
