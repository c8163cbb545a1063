//! What is known of a client when it connects, and how it is refused.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::request::Parts;
use http::{Extensions, HeaderMap, StatusCode, Uri};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::Closing;
use crate::engine_io::{Protocol, Transport};
use crate::id::SocketId;
use crate::socket_io::PayloadError;

/// The address of the client, as an extension of the request.
///
/// Set it where the server accepts connections, or say with [`Builder::peer_addr`](crate::Builder::peer_addr) where
/// else the address is found, such as axum's `ConnectInfo`.
///
/// ```
/// use std::net::SocketAddr;
/// use chinwag_socketio::PeerAddr;
///
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(PeerAddr(SocketAddr::from(([192, 0, 2, 7], 50_000))));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddr(pub SocketAddr);

/// Whether the client's connection is encrypted, as an extension of the request.
///
/// Set it where the server accepts connections, or say with [`Builder::over_tls`](crate::Builder::over_tls) where else
/// that is found, such as a header of a proxy.
///
/// ```
/// use chinwag_socketio::OverTls;
///
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(OverTls(true));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverTls(pub bool);

/// What the HTTP request that opened a connection said.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) time: SystemTime,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) extensions: Extensions,
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) over_tls: Option<bool>,
}

impl Request {
    pub(crate) fn new(parts: Parts, peer: Option<SocketAddr>, over_tls: Option<bool>) -> Self {
        let Parts { uri, headers, extensions, .. } = parts;
        Self { time: SystemTime::now(), uri, headers, extensions, peer, over_tls }
    }
}

/// A client that asks to join a namespace: the request that opened its connection, and what it authenticates by.
///
/// It is what [`Namespace::guard`](crate::Namespace::guard) and [`Namespace::connect`](crate::Namespace::connect)
/// decide by:
///
/// ```
/// use std::sync::Arc;
/// use chinwag_socketio::{ConnectError, Handshake, Namespace};
///
/// #[derive(serde::Deserialize)]
/// struct Auth { token: String }
///
/// Namespace::new("/chat").connect(async |handshake: Handshake| {
///     println!(
///         "{} wants to join {} from {:?} with {:?}",
///         handshake.id(), handshake.namespace(), handshake.peer_addr(), handshake.headers().get("user-agent"),
///     );
///     let auth: Auth = handshake.auth().map_err(|_| ConnectError::new("sign in first"))?;
///     Ok(Arc::new(auth.token))
/// })
/// # ;
/// ```
#[derive(Clone)]
pub struct Handshake {
    pub(crate) request: Arc<Request>,
    pub(crate) namespace: Arc<str>,
    pub(crate) id: SocketId,
    pub(crate) auth: Option<Bytes>,
    pub(crate) before: Option<Attached>,
    pub(crate) transport: Transport,
    pub(crate) protocol: Protocol,
}

impl Handshake {
    /// The id that the socket will have.
    ///
    /// ```
    /// # fn f(handshake: &chinwag_socketio::Handshake) {
    /// println!("{} asks to join", handshake.id());
    /// # }
    /// ```
    pub fn id(&self) -> SocketId {
        self.id
    }

    /// The namespace that it asks for.
    ///
    /// ```
    /// # fn f(handshake: &chinwag_socketio::Handshake) -> Option<u32> {
    /// handshake.namespace().strip_prefix("/game-")?.parse().ok()
    /// # }
    /// ```
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The headers of the request that opened the connection.
    ///
    /// ```
    /// # fn f(handshake: &chinwag_socketio::Handshake) -> Option<&str> {
    /// handshake.headers().get(http::header::COOKIE)?.to_str().ok()
    /// # }
    /// ```
    pub fn headers(&self) -> &HeaderMap {
        &self.request.headers
    }

    /// The address of that request.
    ///
    /// ```
    /// # fn f(handshake: &chinwag_socketio::Handshake) -> &str {
    /// handshake.uri().path()
    /// # }
    /// ```
    pub fn uri(&self) -> &Uri {
        &self.request.uri
    }

    /// The query of that request, as it came, such as `EIO=4&transport=websocket`; empty if there is none.
    ///
    /// ```
    /// # use chinwag_socketio::Handshake;
    /// // io("/", { query: { version: 2 } })
    /// fn is_new(handshake: &Handshake) -> bool {
    ///     handshake.query().split('&').any(|parameter| parameter == "version=2")
    /// }
    /// ```
    pub fn query(&self) -> &str {
        self.request.uri.query().unwrap_or_default()
    }

    /// The extensions of that request: what layers outside of the engine left there.
    ///
    /// ```
    /// # use chinwag_socketio::{ConnectError, Handshake};
    /// # #[derive(Clone)]
    /// struct RequestId(u64);
    ///
    /// async fn guard(handshake: Handshake) -> Result<(), ConnectError> {
    ///     let id = handshake.extensions().get::<RequestId>().map_or(0, |id| id.0);
    ///     println!("asked by request {id}");
    ///     Ok(())
    /// }
    /// ```
    pub fn extensions(&self) -> &Extensions {
        &self.request.extensions
    }

    /// The address of the client, if the server that accepted the connection tells it.
    ///
    /// ```
    /// # fn f(handshake: &chinwag_socketio::Handshake) -> bool {
    /// handshake.peer_addr().is_some_and(|address| address.ip().is_loopback())
    /// # }
    /// ```
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.request.peer
    }

    /// When the connection was opened.
    ///
    /// ```
    /// # fn f(handshake: &chinwag_socketio::Handshake) -> bool {
    /// handshake.time().elapsed().is_ok_and(|since| since.as_secs() < 60)
    /// # }
    /// ```
    pub fn time(&self) -> SystemTime {
        self.request.time
    }

    /// Whether the connection is encrypted, if that is told: by the extension [`OverTls`], or what was given to
    /// [`Builder::over_tls`](crate::Builder::over_tls).
    ///
    /// ```
    /// # use chinwag_socketio::{ConnectError, Handshake};
    /// async fn guard(handshake: Handshake) -> Result<(), ConnectError> {
    ///     if handshake.over_tls() == Some(true) { Ok(()) } else { Err(ConnectError::new("only by https")) }
    /// }
    /// ```
    pub fn over_tls(&self) -> Option<bool> {
        self.request.over_tls
    }

    /// The transport that the client uses when it asks to join. It may have begun with polling and be on a WebSocket
    /// by now, or get there later.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::Transport;
    /// # fn f(handshake: &chinwag_socketio::Handshake) -> bool {
    /// handshake.transport() == Transport::WebSocket
    /// # }
    /// ```
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// The version of the Engine.IO protocol that the client speaks: clients of Socket.IO 1 and 2 speak
    /// [`Protocol::V3`], later ones [`Protocol::V4`].
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::Protocol;
    /// # fn f(handshake: &chinwag_socketio::Handshake) {
    /// if handshake.protocol() == Protocol::V3 {
    ///     println!("an old client");
    /// }
    /// # }
    /// ```
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// What the client authenticates by (`auth` in the JavaScript client).
    ///
    /// ```
    /// # use chinwag_socketio::{Handshake, PayloadError};
    /// #[derive(serde::Deserialize)]
    /// struct Auth { token: String }
    ///
    /// // io("/", { auth: { token: "…" } })
    /// fn token(handshake: &Handshake) -> Result<String, PayloadError> {
    ///     Ok(handshake.auth::<Auth>()?.token)
    /// }
    /// ```
    ///
    /// # Errors
    /// It is not of this type. A client that sent nothing sent an empty object.
    pub fn auth<T: DeserializeOwned>(&self) -> Result<T, PayloadError> {
        let json = self.auth.as_deref().unwrap_or(b"{}");
        let mut json = serde_json::Deserializer::from_slice(json);
        serde_path_to_error::deserialize(&mut json).map_err(|error| PayloadError::from_json(&error))
    }

    /// What this function returned when the client was here before, if it may go on where it was
    /// ([`Recovery`](crate::Recovery)); `None` also if that is of another type.
    ///
    /// Whether it may still is known only afterwards: [`Socket::recovered`](crate::Socket::recovered).
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use chinwag_socketio::{ConnectError, Handshake};
    /// struct User { name: String, visits: u32 }
    ///
    /// async fn connect(handshake: Handshake) -> Result<Arc<User>, ConnectError> {
    ///     let visits = handshake.recovered_data::<User>().map_or(0, |user| user.visits);
    ///     Ok(Arc::new(User { name: "ann".into(), visits: visits + 1 }))
    /// }
    /// ```
    pub fn recovered_data<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        Arc::downcast(self.before.clone()?).ok()
    }

    /// The same as the JSON object that came, `{}` if none did.
    ///
    /// ```
    /// # use chinwag_socketio::Handshake;
    /// fn log(handshake: &Handshake) {
    ///     println!("{} bytes to authenticate by", handshake.auth_json().get().len());
    /// }
    /// ```
    pub fn auth_json(&self) -> Box<RawValue> {
        self.auth
            .as_deref()
            .and_then(|json| serde_json::from_slice(json).ok())
            .unwrap_or_else(|| RawValue::from_string("{}".to_owned()).unwrap_or_default())
    }
}

impl fmt::Debug for Handshake {
    /// Without what the client authenticates by.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("id", &self.id)
            .field("namespace", &self.namespace)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

/// What middleware attaches to a socket.
pub(crate) type Attached = Arc<dyn Any + Send + Sync>;

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
