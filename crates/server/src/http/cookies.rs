//! The session's cookie, and that of a sign-in which is under way.

use std::time::Duration;

use cookie::{Cookie, SameSite};
use http::{HeaderMap, HeaderValue, header};

use crate::accounts::PENDING_GOOD;
use crate::tokens::{Credential, Token};

#[cfg(test)]
mod tests;

/// The cookie's name by plain HTTP.
const PLAIN: &str = "chinwag_session";
/// The cookie's name by HTTPS. Browsers take a cookie of such a name only by HTTPS, for this host alone and all of its
/// paths, so that nobody beside us (another host of the same domain, somebody in the middle of plain HTTP) can set it.
const SECURE: &str = "__Host-chinwag_session";

/// The same for whoever is half-way in.
const PENDING_PLAIN: &str = "chinwag_pending";
const PENDING_SECURE: &str = "__Host-chinwag_pending";

fn name(https: bool) -> &'static str {
    if https { SECURE } else { PLAIN }
}

fn pending_name(https: bool) -> &'static str {
    if https { PENDING_SECURE } else { PENDING_PLAIN }
}

/// What a request shows to be known by: in `Authorization: Bearer` (RFC 6750, section 2.1), else in the cookie, where nothing
/// counts but a session's token.
pub(crate) fn credential(headers: &HeaderMap, https: bool) -> Option<Credential> {
    // Another scheme is somebody else's: a proxy before us may ask for a password of its own.
    let authorization =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.split_once(' '));
    if let Some((scheme, token)) = authorization
        && scheme.eq_ignore_ascii_case("bearer")
    {
        return Credential::parse(token.trim());
    }
    in_cookie(headers, name(https)).map(Credential::Session)
}

/// The token of a sign-in that is under way in this browser.
pub(super) fn pending_token(headers: &HeaderMap, https: bool) -> Option<Token> {
    in_cookie(headers, pending_name(https))
}

fn in_cookie(headers: &HeaderMap, name: &str) -> Option<Token> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .filter(|cookie| cookie.name() == name)
        .find_map(|cookie| Token::parse(cookie.value()))
}

/// The header that hands out a session. `idle` is how long it lasts unused; it is renewed with use.
pub(super) fn give(token: &Token, idle: Duration, secure: bool) -> Option<HeaderValue> {
    write(name(secure), token.expose().to_owned(), idle, secure)
}

/// The header that takes it back.
pub(super) fn take_back(secure: bool) -> Option<HeaderValue> {
    write(name(secure), String::new(), Duration::ZERO, secure)
}

/// The header that hands out the token of a sign-in which is under way.
pub(super) fn give_pending(token: &Token, secure: bool) -> Option<HeaderValue> {
    write(pending_name(secure), token.expose().to_owned(), PENDING_GOOD, secure)
}

/// The header that takes it back.
pub(super) fn take_back_pending(secure: bool) -> Option<HeaderValue> {
    write(pending_name(secure), String::new(), Duration::ZERO, secure)
}

fn write(name: &'static str, value: String, lasts: Duration, secure: bool) -> Option<HeaderValue> {
    let seconds = i64::try_from(lasts.as_secs()).unwrap_or(i64::MAX);
    let cookie = Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .max_age(cookie::time::Duration::seconds(seconds));
    HeaderValue::try_from(cookie.build().to_string()).ok()
}
