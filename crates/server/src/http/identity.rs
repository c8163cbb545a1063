//! Who asks.

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequestParts, OptionalFromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header;
use http::request::Parts;

use super::cookies::{credential, give};
use crate::accounts::{identify, is_ready};
use crate::app::{App, Who};
use crate::error::Error;
use crate::tokens::{Credential, Token};
use crate::visitor::Visitor;

/// Somebody who is signed in, whether or not they have the second factor that their role needs: for what they do to have one,
/// and to leave.
pub(super) struct AnyWho(pub(super) Who);

impl FromRequestParts<Arc<App>> for Who {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let AnyWho(who) = <AnyWho as FromRequestParts<Arc<App>>>::from_request_parts(parts, app).await?;
        if is_ready(app, &who).await { Ok(who) } else { Err(Error::SecondFactorMissing) }
    }
}

impl FromRequestParts<Arc<App>> for AnyWho {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let visitor = Visitor::of(&app.settings, &parts.extensions, &parts.headers);
        let shown = credential(&parts.headers, visitor.https).ok_or(Error::Unauthenticated)?;
        let is_session = matches!(shown, Credential::Session(_));
        if !is_session && parts.extensions.get::<ForPrograms>().is_none() {
            return Err(Error::Unauthenticated);
        }
        let (who, extended) = identify(app, &shown, &visitor).await?;
        if extended
            && let Credential::Session(token) = shown
            && let Some(renewal) = parts.extensions.get::<Renewal>()
        {
            renewal.0.get_or_init(|| token);
        }
        Ok(Self(who))
    }
}

/// Marks requests for what is for programs as well as for people: there, and nowhere else, a token that is no session's is
/// looked at. Pages do not ask by what somebody is known, so to them such a token is nothing.
#[derive(Clone, Copy)]
pub(super) struct ForPrograms;

impl OptionalFromRequestParts<Arc<App>> for Who {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Option<Self>, Error> {
        if_any(<Self as FromRequestParts<Arc<App>>>::from_request_parts(parts, app).await)
    }
}

impl OptionalFromRequestParts<Arc<App>> for AnyWho {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Option<Self>, Error> {
        if_any(<Self as FromRequestParts<Arc<App>>>::from_request_parts(parts, app).await)
    }
}

fn if_any<T>(found: Result<T, Error>) -> Result<Option<T>, Error> {
    match found {
        Ok(who) => Ok(Some(who)),
        Err(Error::Unauthenticated) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where the token goes whose session was extended by the request in hand, so that the cookie is extended as well.
#[derive(Clone, Default)]
pub(super) struct Renewal(Arc<OnceLock<Token>>);

/// Hands a cookie out again when its session has been extended: browsers forget it at the time that it came with.
pub(super) async fn renew_cookie(
    State(app): State<Arc<App>>,
    visitor: Visitor,
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
        && let Some(cookie) = give(token, app.settings.session_idle, visitor.https)
    {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&app.settings, &parts.extensions, &parts.headers))
    }
}
