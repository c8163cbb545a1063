//! Pictures of people: taking them, and showing them.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use chinwag_model::permission::{self, Action, Case};
use chinwag_model::{Refusal, Scope, User, UserId};
use http::{HeaderValue, header};

use super::body::Path;
use crate::accounts::settle;
use crate::app::{App, Needs, Who};
use crate::error::Error;
use crate::limits::{self, Limited};
use crate::pictures;

/// How long browsers keep what never changes, and what will.
const FOR_EVER: &str = "private, max-age=31536000, immutable";
const FOR_A_WHILE: &str = "private, max-age=600";

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/avatars/{user}/{version}", get(show))
        .route("/avatars/{user}/{version}/small", get(show_small))
}

/// Makes what somebody uploads their picture.
pub(super) async fn set_picture(app: &App, who: &Who, upload: Bytes) -> Result<User, Error> {
    who.may(Needs::Scope(Scope::Profile))?;
    // Refused early, since decoding is dear; the store decides.
    permission::check(Action::ChangeProfile, Case::of(who.user.role, false))?;
    limits::take(app, Limited::Profile(who.user.id)).await?;
    let png = app.painters.work(move || pictures::square(&upload)).await??;
    Ok(settle(app, app.store.set_avatar(who.user.id, Some(png)).await?).await)
}

/// Lets somebody's picture be drawn from their name again.
pub(super) async fn remove_picture(app: &App, who: &Who) -> Result<User, Error> {
    who.may(Needs::Scope(Scope::Profile))?;
    limits::take(app, Limited::Profile(who.user.id)).await?;
    Ok(settle(app, app.store.set_avatar(who.user.id, None).await?).await)
}

/// Somebody's picture, to whoever is here. Version 0 is drawn from the name. A version never changes, but somebody's name
/// does, so what is drawn is asked for again after a while.
async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Path((user, version)): Path<(UserId, u32)>,
) -> Result<Response, Error> {
    who.may(Needs::Scope(Scope::Read))?;
    whole(&app, user, version, FOR_EVER).await
}

/// The same for lists: its small form, or as long as there is none, the picture itself.
async fn show_small(
    State(app): State<Arc<App>>,
    who: Who,
    Path((user, version)): Path<(UserId, u32)>,
) -> Result<Response, Error> {
    who.may(Needs::Scope(Scope::Read))?;
    // Of what is drawn there is no other form.
    let small = if version == 0 { None } else { app.store.thumbnail(user).await? };
    match small.filter(|(known, _)| *known == version) {
        Some((_, png)) => Ok(picture("image/png", FOR_EVER, png)),
        None => whole(&app, user, version, FOR_A_WHILE).await,
    }
}

/// The picture itself, which browsers may keep for so long if it is an uploaded one.
async fn whole(app: &App, user: UserId, version: u32, age: &'static str) -> Result<Response, Error> {
    if version == 0 {
        let person = app.store.person(user).await?.ok_or(Refusal::UserUnknown)?;
        return Ok(picture("image/svg+xml", FOR_A_WHILE, pictures::drawn(user, &person.name)));
    }
    let known = app.store.avatar(user).await?.filter(|(known, _)| *known == version);
    let (_, png) = known.ok_or(Error::PageUnknown)?;
    Ok(picture("image/png", age, png))
}

fn picture(kind: &'static str, age: &'static str, body: impl Into<Bytes>) -> Response {
    let body: Bytes = body.into();
    let mut response = ([(header::CONTENT_TYPE, kind)], body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(age));
    // Opened by itself it is a picture and nothing else.
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    response
}
