//! How a client is refused: a namespace, or the connection itself.

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use crate::close::Closing;

/// A client that may not join a namespace.
///
/// ```
/// use chinwag_socketio::{Closing, ConnectError};
///
/// // For good: the client has to do something about it.
/// let never = ConnectError::new("sign in first").with_data(serde_json::json!({ "code": "unauthenticated" }));
/// // For now: the client comes back by itself.
/// let later = ConnectError::try_later(Closing::new("unavailable", 2_000));
/// assert_ne!(never, later);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectError {
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Final { message: String, data: Option<Value> },
    Later(Option<Closing>),
}

impl ConnectError {
    /// A final refusal: a CONNECT_ERROR packet with this message. JavaScript clients raise `connect_error` and do
    /// not try again by themselves.
    ///
    /// ```
    /// # use chinwag_socketio::ConnectError;
    /// let error = ConnectError::new("this version is too old");
    /// ```
    pub fn new(message: impl Into<String>) -> Self {
        Self { kind: Kind::Final { message: message.into(), data: None } }
    }

    /// The same with data for programs (`err.data` in the JavaScript client).
    ///
    /// A refusal for now has no data.
    ///
    /// ```
    /// # use chinwag_socketio::ConnectError;
    /// let error = ConnectError::new("no entry").with_data(serde_json::json!({ "code": 7 }));
    /// ```
    #[must_use]
    pub fn with_data(self, data: Value) -> Self {
        match self.kind {
            Kind::Final { message, .. } => Self { kind: Kind::Final { message, data: Some(data) } },
            later @ Kind::Later(_) => Self { kind: later },
        }
    }

    /// There are as many namespaces as there may be.
    pub(crate) fn namespaces_full() -> Self {
        let data = serde_json::json!({ "code": "namespaces_full" });
        Self::new("There are too many namespaces, try again later").with_data(data)
    }

    /// A refusal for now: the transport is closed without a CONNECT_ERROR, so that the client comes back by itself.
    /// The other namespaces of the connection are told by `closing`, if given.
    ///
    /// ```
    /// # use chinwag_socketio::{Closing, ConnectError};
    /// let told = ConnectError::try_later(Closing::new("unavailable", 500));
    /// let silent = ConnectError::try_later(None);
    /// ```
    pub fn try_later(closing: impl Into<Option<Closing>>) -> Self {
        Self { kind: Kind::Later(closing.into()) }
    }
}

/// A request that is refused before there is a connection.
///
/// ```
/// use chinwag_socketio::Refusal;
///
/// let refusal = Refusal::unavailable("the database is away", 5);
/// assert_eq!((refusal.status.as_u16(), refusal.retry_after), (503, Some(5)));
/// assert_eq!(refusal.body, r#"{"code":4,"message":"the database is away"}"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status of the answer, such as 403 or 503.
    pub status: StatusCode,
    /// Its body, `application/json`. [`Refusal::new`] writes it as Node's server does.
    pub body: Bytes,
    /// The value of a `Retry-After` header, in seconds.
    pub retry_after: Option<u32>,
}

impl Refusal {
    /// A refusal with the body `{"code": 4, "message": …}`, 4 being Engine.IO's code for "forbidden".
    ///
    /// ```
    /// # use chinwag_socketio::Refusal;
    /// let refusal = Refusal::new(http::StatusCode::UNAUTHORIZED, "sign in first");
    /// assert_eq!(refusal.retry_after, None);
    /// ```
    pub fn new(status: StatusCode, message: &str) -> Self {
        Self::coded(status, 4, message)
    }

    pub(crate) fn coded(status: StatusCode, code: u8, message: &str) -> Self {
        let body = serde_json::json!({ "code": code, "message": message }).to_string().into();
        Self { status, body, retry_after: None }
    }

    /// 403 Forbidden.
    ///
    /// ```
    /// # use chinwag_socketio::Refusal;
    /// assert_eq!(Refusal::forbidden("cross_origin").status, http::StatusCode::FORBIDDEN);
    /// ```
    pub fn forbidden(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// 503 Service Unavailable, to be tried again after so many seconds.
    ///
    /// ```
    /// # use chinwag_socketio::Refusal;
    /// assert_eq!(Refusal::unavailable("restarting", 2).retry_after, Some(2));
    /// ```
    pub fn unavailable(message: &str, retry_after: u32) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message).retry_after(retry_after)
    }

    /// The same, to be tried again after so many seconds.
    ///
    /// ```
    /// # use chinwag_socketio::Refusal;
    /// let refusal = Refusal::new(http::StatusCode::TOO_MANY_REQUESTS, "slow down").retry_after(30);
    /// assert_eq!(refusal.retry_after, Some(30));
    /// ```
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }
}
