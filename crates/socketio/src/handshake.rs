//! What is known of a client when it connects.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::request::Parts;
use http::{Extensions, HeaderMap, Uri};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::engine_io::{Protocol, Transport};
use crate::id::SocketId;
use crate::socket_io::PayloadError;

mod kept;
mod original_uri;

pub(crate) use kept::Kept;

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
    /// Without what the client authenticates by, which may be in its query and headers as well.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("id", &self.id)
            .field("namespace", &self.namespace)
            .field("path", &self.request.uri.path())
            .field("peer", &self.request.peer)
            .finish_non_exhaustive()
    }
}

/// What middleware attaches to a socket.
pub(crate) type Attached = Arc<dyn Any + Send + Sync>;
