//! The requests of clients, and how they are refused (Engine.IO protocol 4, "Handshake").

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, SEC_WEBSOCKET_VERSION, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, Method, Request, StatusCode};
use http_body::Body;
use http_body_util::Full;

use super::admission::Crowded;
use super::conn::Stamp;
use super::counts::Count;
use super::dialect::Dialect;
use super::driver::Driver;
use super::polling::Wrapping;
use super::{Config, Engine, polling, upgrade};
use crate::engine_io::{Protocol, Transport, jsonp};
use crate::handshake;
use crate::id::SessionId;
use crate::refusal::Refusal;
use crate::websocket::{self, Handshake};

#[cfg(test)]
mod tests;

/// What every request is answered with: a whole body.
pub(crate) type Response = http::Response<Full<Bytes>>;

/// What is wrong with a request; the codes and words of Node's server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    UnknownTransport = 0,
    UnknownSession = 1,
    Method = 2,
    BadRequest = 3,
    UnsupportedProtocol = 5,
}

impl Fault {
    fn message(self) -> &'static str {
        match self {
            Self::UnknownTransport => "Transport unknown",
            Self::UnknownSession => "Session ID unknown",
            Self::Method => "Bad handshake method",
            Self::BadRequest => "Bad request",
            Self::UnsupportedProtocol => "Unsupported protocol version",
        }
    }
}

pub(super) fn body(status: StatusCode, kind: HeaderValue, body: Bytes) -> Response {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    // Nothing here may be kept, least of all by a proxy.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub(super) fn status(status: StatusCode) -> Response {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

pub(super) fn fault(fault: Fault) -> Response {
    refusal(Refusal::coded(StatusCode::BAD_REQUEST, fault as u8, fault.message()))
}

/// A message that is too large. Clients that poll learn why from this, and close.
pub(super) fn too_large(limit: usize) -> Response {
    let message = format!("A message may have at most {limit} bytes");
    refusal(Refusal::coded(StatusCode::PAYLOAD_TOO_LARGE, Fault::BadRequest as u8, &message))
}

fn refusal(refusal: Refusal) -> Response {
    let mut response = body(refusal.status, HeaderValue::from_static("application/json"), refusal.body);
    if let Some(seconds) = refusal.retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// The parameters that a request names in its query. All are plain words, so that nothing is to be decoded.
struct Query<'a> {
    protocol: Option<&'a str>,
    transport: Option<&'a str>,
    sid: Option<&'a str>,
    /// The client cannot read bytes (protocol 3).
    base64: bool,
    /// The number of the client's callback, if it polls with scripts.
    callback: Option<&'a str>,
}

impl<'a> Query<'a> {
    fn parse(query: &'a str) -> Self {
        let find = |name: &str| {
            query.split('&').find_map(|pair| {
                let (key, value) = pair.split_once('=')?;
                (key == name).then_some(value)
            })
        };
        Self {
            protocol: find("EIO"),
            transport: find("transport"),
            sid: find("sid").filter(|sid| !sid.is_empty()),
            base64: find("b64").is_some_and(|value| !value.is_empty()),
            callback: find("j"),
        }
    }

    /// What the client speaks; `None` for what is not understood, or not allowed.
    fn dialect(&self, config: &Config) -> Option<Dialect> {
        let protocol = match self.protocol {
            Some("4") => Protocol::V4,
            Some("3") if config.protocol_3 => Protocol::V3,
            _ => return None,
        };
        let dialect = Dialect::new(protocol, self.base64 || self.callback.is_some());
        Some(Dialect { ascii: protocol == Protocol::V3 && config.socket_io, ..dialect })
    }

    /// How an answer to this request is to be wrapped. An error if it may not be.
    fn wrapping(&self, config: &Config) -> Result<Wrapping, Fault> {
        match self.callback {
            None => Ok(Wrapping::None),
            Some(callback) if config.jsonp => {
                jsonp::Callback::parse(callback).map(Wrapping::Script).ok_or(Fault::BadRequest)
            }
            Some(_) => Err(Fault::UnknownTransport),
        }
    }
}

/// The session that a request names in the query of its address.
pub(crate) fn session_named(query: &str) -> Option<&str> {
    Query::parse(query).sid
}

/// Whether a request is for a WebSocket, by the query of its address.
pub(super) fn is_for_websocket(query: &str) -> bool {
    Query::parse(query).transport == Some("websocket")
}

/// Answers a request of a client. What does not need the request's body is done before the future is made, so that
/// it does not hold the request.
pub(crate) fn handle<B>(
    engine: &Arc<Engine>,
    request: Request<B>,
) -> impl Future<Output = Response> + Send + use<B>
where
    B: Body + Send + 'static,
    B::Data: Send,
{
    engine.start();
    let engine = engine.clone();
    async move {
        let answered = answer(&engine, request).await;
        let (refused, response) = match answered {
            Ok(response) => (response.status().is_client_error().then_some(Count::RefusedRequest), response),
            Err((reason, response)) => (Some(reason), response),
        };
        if let Some(reason) = refused {
            engine.counts.one(reason);
        }
        response
    }
}

/// An error is a refusal for another reason than that the request is wrong.
async fn answer<B>(engine: &Arc<Engine>, request: Request<B>) -> Result<Response, (Count, Response)>
where
    B: Body + Send + 'static,
    B::Data: Send,
{
    let query = request.uri().query().unwrap_or_default().to_owned();
    let query = Query::parse(&query);
    let transport = match query.transport {
        Some("polling") if engine.config.polling => Transport::Polling,
        Some("websocket") if engine.config.websocket => Transport::WebSocket,
        _ => return Ok(fault(Fault::UnknownTransport)),
    };
    let wrapping = match transport {
        Transport::Polling => query.wrapping(&engine.config),
        Transport::WebSocket => Ok(Wrapping::None),
    };
    let wrapping = match wrapping {
        Ok(wrapping) => wrapping,
        Err(refused) => return Ok(fault(refused)),
    };
    Ok(match query.sid {
        Some(sid) => {
            let Some(conn) = engine.session(sid) else { return Ok(fault(Fault::UnknownSession)) };
            match (transport, request.method()) {
                (Transport::WebSocket, _) => match check(&request) {
                    Ok(handshake) => upgrade::existing(conn, handshake, request.into_parts().0),
                    Err(refused) => not_websocket(refused),
                },
                (Transport::Polling, &Method::GET) => {
                    let name = engine.config.request_header.as_ref();
                    let stamp = name.and_then(|name| request.headers().get(name)).map(Stamp::of);
                    polling::poll(conn, wrapping, stamp).await
                }
                (Transport::Polling, &Method::POST) => {
                    let (parts, body) = request.into_parts();
                    polling::post(conn, wrapping, &parts.headers, body).await
                }
                _ => fault(Fault::Method),
            }
        }
        None if request.method() != Method::GET => fault(Fault::Method),
        None => match query.dialect(&engine.config) {
            Some(dialect) => open(engine, dialect, (transport, wrapping), request).await?,
            None => fault(Fault::UnsupportedProtocol),
        },
    })
}

/// Opens a session.
async fn open<B>(
    engine: &Arc<Engine>,
    dialect: Dialect,
    (transport, wrapping): (Transport, Wrapping),
    request: Request<B>,
) -> Result<Response, (Count, Response)> {
    let handshake = match transport {
        Transport::Polling => None,
        Transport::WebSocket => match check(&request) {
            Ok(handshake) => Some(handshake),
            Err(refused) => return Ok(not_websocket(refused)),
        },
    };
    // The body of a GET is nothing to us.
    let (parts, _) = request.into_parts();
    let peer = (engine.config.peer_addr)(&parts);
    // First, so that no more requests wait for the application than there may be connections.
    let place = match engine.admit(peer) {
        Ok(place) => place,
        Err(crowded) => return Err(crowded.refusal()),
    };
    if let Some(allow) = &engine.config.allow_request {
        let allowing = allow(&parts);
        // A shutdown does not wait for the application.
        let allowed = tokio::select! {
            allowed = allowing => allowed,
            () = engine.drains() => return Err(Crowded::Draining.refusal()),
        };
        if let Err(refused) = allowed {
            return Err((Count::RefusedApplication, refusal(refused)));
        }
    }
    // It may have begun just before there was this place.
    if engine.is_draining() {
        return Err(Crowded::Draining.refusal());
    }
    let sid = match SessionId::random() {
        Ok(sid) => sid,
        Err(error) => {
            tracing::error!(%error, "no randomness");
            return Ok(status(StatusCode::SERVICE_UNAVAILABLE));
        }
    };
    let mut response = match handshake {
        Some(handshake) => upgrade::fresh(engine, place, (sid, dialect), handshake, parts, peer),
        None => {
            let request = described(engine, parts, peer);
            let Some((conn, upper)) = engine.open((sid, dialect), Transport::Polling, request) else {
                return Ok(status(StatusCode::SERVICE_UNAVAILABLE));
            };
            let payload = polling::write(dialect, conn.lock().outbox.take());
            tokio::spawn(Driver::new(place, conn.clone(), upper, None));
            polling::answer(&conn, payload, wrapping)
        }
    };
    if let Some(cookie) = &engine.config.cookie {
        response.headers_mut().extend(cookie.header(engine.written(sid)).map(|cookie| (SET_COOKIE, cookie)));
    }
    Ok(response)
}

impl Crowded {
    /// What is answered, and how it is counted.
    fn refusal(self) -> (Count, Response) {
        let full = || refusal(Refusal::unavailable("The server takes no more connections now", 1));
        match self {
            Self::Server => (Count::RefusedFull, full()),
            Self::Draining => (Count::RefusedDraining, full()),
            Self::Address => {
                let message = "There are too many connections from this address";
                let status = StatusCode::TOO_MANY_REQUESTS;
                (Count::RefusedAddress, refusal(Refusal::new(status, message).retry_after(1)))
            }
        }
    }
}

pub(super) fn described(
    engine: &Engine,
    mut parts: Parts,
    peer: Option<SocketAddr>,
) -> Arc<handshake::Request> {
    // It has been used, or never will be.
    parts.extensions.remove::<hyper::upgrade::OnUpgrade>();
    let over_tls = (engine.config.over_tls)(&parts);
    Arc::new(handshake::Request::new(parts, peer, over_tls))
}

fn check<B>(request: &Request<B>) -> Result<Handshake, websocket::Refused> {
    Handshake::check(request.method(), request.headers())
}

fn not_websocket(refused: websocket::Refused) -> Response {
    match refused {
        websocket::Refused::Version => {
            let mut response = status(StatusCode::UPGRADE_REQUIRED);
            response.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
            response
        }
        websocket::Refused::NotWebSocket | websocket::Refused::Key => fault(Fault::BadRequest),
    }
}
