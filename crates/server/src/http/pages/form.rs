//! What follows when a form was sent.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};

use super::notice::Notice;
use super::page_with;
use crate::error::Error;

/// Sends the browser on to the path, if what the form asks for was done. If it was not, the page comes back that it is on,
/// with the reason at its top; it is up to `again` that what was filled in is in it.
pub(super) async fn done_or_again<T: Template>(
    outcome: Result<impl AsRef<str>, Error>,
    again: impl AsyncFnOnce(Notice) -> Result<T, Error>,
) -> Result<Response, Error> {
    match outcome {
        Ok(path) => Ok(Redirect::to(path.as_ref()).into_response()),
        // There is a page for that.
        Err(error @ Error::Internal) => Err(error),
        Err(error) => {
            let again = again(Notice::problem(&error)).await?;
            Ok(refused(&error, &again))
        }
    }
}

/// The page of a form again, which says why what the form asks for was not done.
pub(super) fn refused(error: &Error, again: &impl Template) -> Response {
    error.with_headers(page_with(error.status(), again))
}
