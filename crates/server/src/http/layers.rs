//! What requests go through before they are answered.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use chinwag_jobs::log_stream::Topic;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use tokio::task::JoinError;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::request_id::{PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use tracing::Instrument;

use super::identity::renew_cookie;
use super::request_id::{self, Ids};
use super::{body, client_address, pages};
use crate::app::App;
use crate::error::Error;
use crate::links;
use crate::nodes::CLIENT;

/// How long a request may take. What it has asked of the store is carried out all the same.
const PATIENCE: Duration = Duration::from_secs(30);

/// Scripts, styles and connections come from here and from nowhere else; nothing is inline.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data: blob:; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'";

/// For pages and API: limits, forgery, errors that people can read, compression.
pub(super) fn for_pages(app: &Arc<App>, router: Router<Arc<App>>) -> Router<Arc<App>> {
    let router = router
        .layer(from_fn(finish))
        .layer(from_fn_with_state(Arc::clone(app), renew_cookie))
        .layer(DefaultBodyLimit::max(app.settings.payload_bytes))
        .layer(from_fn_with_state(app.settings.payload_bytes, body::refuse_too_large))
        .layer(csrf(app))
        .layer(from_fn_with_state(Arc::clone(app), explain))
        .layer(CompressionLayer::new());
    // Where nobody listens it costs nothing.
    if app.log_stream.is_on() {
        return router.layer(from_fn_with_state(Arc::clone(app), tell_of_request));
    }
    router
}

/// Most bytes of an address that those who listen to what happens are told.
const URL_BYTES: usize = 2_000;

/// What those who listen to what happens are told of a request.
#[derive(Serialize)]
struct Requested<'a> {
    url: &'a str,
}

async fn tell_of_request(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = links::loggable(request.uri().path());
    let url = path.get(..URL_BYTES).unwrap_or(path);
    app.log_stream.say(Topic::Debug, &Requested { url });
    next.run(request).await
}

/// Lets a request be carried out to its end, whatever becomes of its client: the answer is awaited here, the work is done
/// in a task of its own, which ends by itself since everything that it asks has a bound.
async fn finish(request: Request, next: Next) -> Response {
    let safe = request.method().is_safe();
    let work = tokio::spawn(next.run(request).in_current_span());
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(response)) => response,
        Ok(Err(ended)) => {
            panicked(ended);
            Error::Internal.into_response()
        }
        // It goes on, so nobody can say that nothing was changed.
        Err(_) if safe => Error::Unavailable.into_response(),
        Err(_) => Error::OutcomeUnknown.into_response(),
    }
}

/// For everything: ids, the log, headers that keep browsers strict.
pub(super) fn for_all(app: &Arc<App>, router: Router) -> Router {
    let fixed = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let https = app.settings.public_url.as_ref().is_some_and(|url| url.scheme_str() == Some("https"));
    let strict = https.then(|| HeaderValue::from_static("max-age=31536000"));
    router
        .layer(fixed(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
        .layer(fixed(header::REFERRER_POLICY, "same-origin"))
        .layer(fixed(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(fixed(header::CACHE_CONTROL, "no-store"))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::STRICT_TRANSPORT_SECURITY,
            move |_: &Response| strict.clone(),
        ))
        .layer(trace(app))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(Ids::default()))
        .layer(from_fn(forget_what_is_ours))
}

/// For what other nodes pass on: the log, by the id that the request has there. They add the rest themselves.
pub(super) fn for_nodes(app: &Arc<App>, router: Router) -> Router {
    router.layer(trace(app)).layer(SetRequestIdLayer::x_request_id(Ids::default()))
}

/// A request id is ours: one that a client made up could be that of another request. So is what nodes tell each other of
/// clients.
async fn forget_what_is_ours(mut request: Request, next: Next) -> Response {
    request.headers_mut().remove("x-request-id");
    request.headers_mut().remove(CLIENT);
    next.run(request).await
}

fn csrf(app: &App) -> CsrfLayer<fn(ProtectionError) -> Response> {
    let layer = CsrfLayer::new();
    let layer = match app.settings.public_url.as_ref().map(origin_of) {
        // It was checked when the settings were read.
        Some(origin) => CsrfLayer::new().add_trusted_origin(&origin).unwrap_or(layer),
        None => layer,
    };
    layer.with_rejection_response(|_| Error::CrossOrigin.into_response())
}

fn origin_of(url: &http::Uri) -> String {
    let authority = url.authority().map_or("", |authority| authority.as_str());
    format!("{}://{authority}", url.scheme_str().unwrap_or("https"))
}

fn panicked(ended: JoinError) {
    let panic = ended.try_into_panic().ok();
    let said = panic.as_ref().and_then(|panic| panic.downcast_ref::<&str>().copied());
    let said = said.or_else(|| panic.as_ref()?.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = said.unwrap_or("without a word"), "a request panicked");
}

/// Gives errors the form that their reader wants: a page for people, JSON for programs, and in either the request's id
/// where the fault is ours.
async fn explain(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let for_program = request.uri().path().starts_with("/api/");
    let id = request_id::of(request.extensions());
    let mut response = next.run(request).await;
    let error = match response.extensions_mut().remove::<Arc<Error>>() {
        Some(error) => error,
        None if response.status() == StatusCode::METHOD_NOT_ALLOWED => Arc::new(Error::MethodNotAllowed),
        None if response.status() == StatusCode::SERVICE_UNAVAILABLE => Arc::new(Error::Unavailable),
        None => return response,
    };
    let mut explained = if for_program { error.to_response(&id) } else { pages::error(&app, &error, &id) };
    // A sign-in that is not at its end is an error, and its browser goes on by what it was given.
    if let header::Entry::Occupied(cookies) = response.headers_mut().entry(header::SET_COOKIE) {
        let (name, values) = cookies.remove_entry_mult();
        for value in values {
            explained.headers_mut().append(name.clone(), value);
        }
    }
    explained
}

fn trace(
    app: &Arc<App>,
) -> TraceLayer<
    tower_http::classify::SharedClassifier<tower_http::classify::ServerErrorsAsFailures>,
    impl Fn(&Request) -> tracing::Span + Clone + use<>,
> {
    let app = Arc::clone(app);
    TraceLayer::new_for_http().make_span_with(move |request: &Request| {
        // The path alone: queries and headers may carry secrets. Of the highest level, so that no filter of levels takes
        // the request away from what is logged within it.
        tracing::error_span!(
            "request",
            id = request_id::of(request.extensions()),
            method = %request.method(),
            path = links::loggable(request.uri().path()),
            from = %client_address::client_address(&app.settings, request.extensions(), request.headers()),
        )
    })
}
