//! The cookie that tells a load balancer where a session lives.

use std::borrow::Cow;
use std::time::Duration;

use ::cookie::Cookie;
use http::HeaderValue;

pub use ::cookie::SameSite;

/// A cookie with the session's id that is set when a session is opened ([`Builder::cookie`](crate::Builder::cookie)).
///
/// The requests of a session that polls must all come to the server that has it. A load balancer that cannot tell by
/// the `sid` in the query, or by the client's address, can by this cookie. The server itself never reads it. The id
/// is what authenticates the requests of a session that polls: scripts should not see it, which is the default.
///
/// ```
/// # use std::time::Duration;
/// # use chinwag_socketio::{SameSite, SessionCookie, SocketIo};
/// let cookie = SessionCookie::new("io")
///     .path("/socket.io/")
///     .domain("chat.example")
///     .http_only(true)
///     .secure(true)
///     .same_site(SameSite::Strict)
///     .max_age(Duration::from_secs(86_400));
/// assert!(SocketIo::builder().cookie(cookie).build().is_ok());
/// ```
#[derive(Debug, Clone)]
#[must_use = "give it to the builder"]
pub struct SessionCookie(Cookie<'static>);

impl SessionCookie {
    /// A cookie for all paths of the host, kept until the browser is closed, that scripts do not see (`HttpOnly`) and
    /// that other sites' requests do not carry (`SameSite=Lax`). Node's server calls it `io`.
    ///
    /// ```
    /// # use chinwag_socketio::{BuildError, SessionCookie, SocketIo};
    /// assert!(SocketIo::builder().cookie(SessionCookie::new("io")).build().is_ok());
    /// let spaced = SocketIo::builder().cookie(SessionCookie::new("my session")).build();
    /// assert_eq!(spaced.unwrap_err(), BuildError::Cookie);
    /// ```
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self(Cookie::build((name, "")).path("/").http_only(true).same_site(SameSite::Lax).build())
    }

    /// Under which path it is sent back. Default: `/`.
    ///
    /// ```
    /// # use chinwag_socketio::SessionCookie;
    /// let cookie = SessionCookie::new("io").path("/socket.io/"); // requests for pages need not carry it
    /// ```
    pub fn path(mut self, path: impl Into<Cow<'static, str>>) -> Self {
        self.0.set_path(path);
        self
    }

    /// Also to the hosts below this one. Default: only to the host that set it.
    ///
    /// ```
    /// # use chinwag_socketio::SessionCookie;
    /// let cookie = SessionCookie::new("io").domain("chat.example"); // and for live.chat.example
    /// ```
    pub fn domain(mut self, domain: impl Into<Cow<'static, str>>) -> Self {
        self.0.set_domain(domain);
        self
    }

    /// Whether it is hidden from scripts. Default: yes.
    ///
    /// ```
    /// # use chinwag_socketio::SessionCookie;
    /// let cookie = SessionCookie::new("io").http_only(false); // a test in the browser reads it
    /// ```
    pub fn http_only(mut self, hidden: bool) -> Self {
        self.0.set_http_only(hidden);
        self
    }

    /// Whether it is only sent over TLS. Default: no.
    ///
    /// ```
    /// # use chinwag_socketio::SessionCookie;
    /// let cookie = SessionCookie::new("io").secure(true); // nobody on the way sees the id
    /// ```
    pub fn secure(mut self, secure: bool) -> Self {
        self.0.set_secure(secure);
        self
    }

    /// Which requests of other sites carry it. Default: [`SameSite::Lax`]. With [`SameSite::None`] it is secure, too,
    /// because browsers do not take it otherwise.
    ///
    /// ```
    /// # use chinwag_socketio::{SameSite, SessionCookie};
    /// let cookie = SessionCookie::new("io").same_site(SameSite::None); // the chat is part of pages of other sites
    /// ```
    pub fn same_site(mut self, requests: SameSite) -> Self {
        self.0.set_same_site(requests);
        self
    }

    /// How long it is kept, in whole seconds. Default: until the browser is closed.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chinwag_socketio::SessionCookie;
    /// let cookie = SessionCookie::new("io").max_age(Duration::from_secs(86_400)); // clients reload once a day
    /// ```
    pub fn max_age(mut self, age: Duration) -> Self {
        self.0.set_max_age(age.try_into().unwrap_or(::cookie::time::Duration::MAX));
        self
    }

    /// Whether it can be written: its name is a token (RFC 6265, section 4.1.1), and nothing ends an attribute early.
    pub(crate) fn is_valid(&self) -> bool {
        let token = |letter: char| letter.is_ascii_graphic() && !"()<>@,;:\\\"/[]?={}".contains(letter);
        let value = |text: &str| text.chars().all(|letter| matches!(letter, ' '..='~') && letter != ';');
        !self.0.name().is_empty()
            && self.0.name().chars().all(token)
            && self.0.path().is_none_or(value)
            && self.0.domain().is_none_or(value)
    }

    /// The value of `Set-Cookie` for a session.
    pub(crate) fn header(&self, sid: String) -> Option<HeaderValue> {
        let mut cookie = self.0.clone();
        cookie.set_value(sid);
        HeaderValue::try_from(cookie.to_string()).ok()
    }
}
