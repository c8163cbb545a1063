//! Who asks.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::client_address::{client_address, is_https};
use super::cookies::session_token;
use crate::accounts::identify;
use crate::app::{App, Who};
use crate::error::Error;

impl FromRequestParts<Arc<App>> for Who {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let token = session_token(&parts.headers).ok_or(Error::Unauthenticated)?;
        identify(app, &token).await
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
