//! The browser client's files.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chinwag_client::Asset;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::app::App;
use crate::error::Error;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/assets/{*path}", get(asset))
        .route("/favicon.svg", get(async |headers: HeaderMap| serve(chinwag_client::favicon(), &headers)))
        .route("/favicon.ico", get(async |headers: HeaderMap| serve(chinwag_client::favicon(), &headers)))
        .route(
            "/manifest.webmanifest",
            get(async |headers: HeaderMap| serve(chinwag_client::web_manifest(), &headers)),
        )
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match chinwag_client::asset(&path) {
        Some(asset) => serve(asset, &headers),
        None => Error::PageUnknown.into_response(),
    }
}

fn serve(asset: &'static Asset, headers: &HeaderMap) -> Response {
    let (bytes, encoding) = choose(asset, headers);
    // A compressed form is another representation, so its tag differs.
    let tag = match encoding {
        Some(encoding) => format!("{}-{encoding}\"", asset.etag.trim_end_matches('"')),
        None => asset.etag.to_owned(),
    };
    let age = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if known.is_some_and(|known| known.split(',').any(|known| known.trim() == tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, asset.content_type)], bytes).into_response()
    };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(age));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// The smallest form that the client takes.
fn choose(asset: &'static Asset, headers: &HeaderMap) -> (&'static [u8], Option<&'static str>) {
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes = |name: &str| {
        accepted.split(',').any(|part| {
            let mut words = part.split(';').map(str::trim);
            words.next() == Some(name) && words.all(|word| word != "q=0")
        })
    };
    match (asset.br, asset.gzip) {
        (Some(br), _) if takes("br") => (br, Some("br")),
        (_, Some(gzip)) if takes("gzip") => (gzip, Some("gzip")),
        _ => (asset.bytes, None),
    }
}
