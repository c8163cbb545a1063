//! One's own picture.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::answer;
use crate::actions::Shown;
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::Picture;
use crate::http::pictures::{remove_picture, set_picture};

/// Takes a picture as it is: PNG, JPEG, GIF or WebP.
pub(super) async fn upload(
    State(app): State<Arc<App>>,
    who: Who,
    Picture(upload): Picture,
) -> Result<Response, Error> {
    answer(StatusCode::OK, Shown { user: set_picture(&app, &who, upload).await? })
}

pub(super) async fn remove(State(app): State<Arc<App>>, who: Who) -> Result<Response, Error> {
    answer(StatusCode::OK, Shown { user: remove_picture(&app, &who).await? })
}
