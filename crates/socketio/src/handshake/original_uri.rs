//! The address of a request before axum's nested routers shortened it, which axum leaves as an extension.
//!
//! It refers to the buffer that the request was read into, eight kilobytes that would be kept with it.

use http::{Extensions, Uri};

/// Takes it out.
#[cfg(feature = "axum")]
pub(super) fn take(extensions: &mut Extensions) -> Option<Uri> {
    extensions.remove().map(|axum::extract::OriginalUri(uri)| uri)
}

/// Puts it back.
#[cfg(feature = "axum")]
pub(super) fn put(extensions: &mut Extensions, uri: Uri) {
    extensions.insert(axum::extract::OriginalUri(uri));
}

/// Nobody knows of axum.
#[cfg(not(feature = "axum"))]
pub(super) fn take(_: &mut Extensions) -> Option<Uri> {
    None
}

/// Nobody has taken one out.
#[cfg(not(feature = "axum"))]
pub(super) fn put(_: &mut Extensions, _: Uri) {}
