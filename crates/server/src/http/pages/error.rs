//! Pages that say what went wrong.

use askama::Template;
use axum::response::{IntoResponse, Response};

use super::frame::Frame;
use super::page_with;
use crate::app::App;
use crate::error::Error;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    code: u16,
    title: &'static str,
    sentence: String,
    /// The request's id, where somebody has to look it up.
    request: Option<String>,
}

/// The page for whatever has no page.
pub(in crate::http) async fn unknown() -> Response {
    Error::PageUnknown.into_response()
}

/// A page that says what went wrong.
pub(in crate::http) fn error(app: &App, error: &Error, request: &str) -> Response {
    let status = error.status();
    let title = match status.as_u16() {
        404 => "Not found",
        403 => "Not allowed",
        401 => "Not signed in",
        413 => "Too large",
        429 => "Too often",
        503 => "Not now",
        500 => "Our fault",
        _ => "That did not work",
    };
    let shown = ErrorPage {
        frame: Frame::new(app, None),
        code: status.as_u16(),
        title,
        sentence: error.to_string(),
        request: matches!(error, Error::Internal).then(|| request.to_owned()),
    };
    error.with_headers(page_with(status, &shown))
}
