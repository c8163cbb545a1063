//! Who asks.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequestParts, OptionalFromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header;
use http::request::Parts;

use super::client_address::{client_address, is_https};
use super::cookies::{give, session_token};
use crate::accounts::identify;
use crate::app::{App, Who};
use crate::error::Error;
use crate::tokens::Token;

impl FromRequestParts<Arc<App>> for Who {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let token = session_token(&parts.headers).ok_or(Error::Unauthenticated)?;
        let (who, extended) = identify(app, &token).await?;
        if extended && let Some(renewal) = parts.extensions.get::<Renewal>() {
            renewal.0.get_or_init(|| token);
        }
        Ok(who)
    }
}

impl OptionalFromRequestParts<Arc<App>> for Who {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Option<Self>, Error> {
        match <Self as FromRequestParts<Arc<App>>>::from_request_parts(parts, app).await {
            Ok(who) => Ok(Some(who)),
            Err(Error::Unauthenticated) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Where the token goes whose session was extended by the request in hand, so that the cookie is extended as well.
#[derive(Clone, Default)]
pub(super) struct Renewal(Arc<OnceLock<Token>>);

/// Hands a cookie out again when its session has been extended: browsers forget it at the time that it came with.
pub(super) async fn renew_cookie(
    State(app): State<Arc<App>>,
    origin: Origin,
    mut request: Request,
    next: Next,
) -> Response {
    let renewal = Renewal::default();
    let by_cookie = request.headers().contains_key(header::COOKIE);
    request.extensions_mut().insert(renewal.clone());
    let mut response = next.run(request).await;
    if by_cookie
        && !response.headers().contains_key(header::SET_COOKIE)
        && let Some(token) = renewal.0.get()
        && let Some(cookie) = give(token, app.settings.session_idle, origin.https)
    {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// How a request came in.
pub(super) struct Origin {
    /// From where.
    pub(super) address: IpAddr,
    /// By HTTPS, as far as it is known.
    pub(super) https: bool,
}

impl FromRequestParts<Arc<App>> for Origin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Self::Rejection> {
        let (settings, extensions, headers) = (&app.settings, &parts.extensions, &parts.headers);
        let address = client_address(settings, extensions, headers);
        Ok(Self { address, https: is_https(settings, extensions, headers) })
    }
}
