//! The requests of clients, and how they are refused (Engine.IO protocol 4, "Handshake").

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, SEC_WEBSOCKET_VERSION};
use http::request::Parts;
use http::{HeaderValue, Method, Request, StatusCode};
use http_body::Body;
use http_body_util::Full;

use super::driver::Driver;
use super::{Engine, polling, upgrade};
use crate::engine_io::{Transport, encode_payload};
use crate::handshake::{self, Refusal};
use crate::websocket::{self, Handshake};

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
        }
    }
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
        let query = request.uri().query().unwrap_or_default().to_owned();
        let query = Query::parse(&query);
        let transport = match query.transport {
            Some("polling") if engine.config.polling => Transport::Polling,
            Some("websocket") if engine.config.websocket => Transport::WebSocket,
            _ => return fault(Fault::UnknownTransport),
        };
        match query.sid {
            Some(sid) => {
                let Some(conn) = engine.session(sid) else { return fault(Fault::UnknownSession) };
                match (transport, request.method()) {
                    (Transport::WebSocket, _) => match check(&request) {
                        Ok(handshake) => upgrade::existing(conn, handshake, request.into_parts().0),
                        Err(refused) => not_websocket(refused),
                    },
                    (Transport::Polling, &Method::GET) => polling::poll(conn).await,
                    (Transport::Polling, &Method::POST) => {
                        let (parts, body) = request.into_parts();
                        polling::post(conn, &parts.headers, body).await
                    }
                    _ => fault(Fault::Method),
                }
            }
            None if request.method() != Method::GET => fault(Fault::Method),
            None if query.protocol != Some("4") => fault(Fault::UnsupportedProtocol),
            None => open(&engine, transport, request).await,
        }
    }
}

/// Opens a session.
async fn open<B>(engine: &Arc<Engine>, transport: Transport, request: Request<B>) -> Response {
    let handshake = match transport {
        Transport::Polling => None,
        Transport::WebSocket => match check(&request) {
            Ok(handshake) => Some(handshake),
            Err(refused) => return not_websocket(refused),
        },
    };
    // The body of a GET is nothing to us.
    let (parts, _) = request.into_parts();
    if let Some(allow) = &engine.config.allow_request {
        let allowing = allow(&parts);
        if let Err(refused) = allowing.await {
            return refusal(refused);
        }
    }
    let Some(place) = engine.admit() else {
        return refusal(Refusal::unavailable("The server takes no more connections now", 1));
    };
    let peer = (engine.config.peer_addr)(&parts);
    match handshake {
        Some(handshake) => upgrade::fresh(engine, place, handshake, parts, peer),
        None => {
            let Some((conn, upper)) = engine.open(Transport::Polling, described(parts, peer)) else {
                return status(StatusCode::SERVICE_UNAVAILABLE);
            };
            let payload = encode_payload(conn.lock().outbox.take());
            tokio::spawn(Driver::new(place, conn, upper, None));
            polling::text(payload)
        }
    }
}

pub(super) fn described(mut parts: Parts, peer: Option<SocketAddr>) -> handshake::Request {
    // It has been used, or never will be.
    parts.extensions.remove::<hyper::upgrade::OnUpgrade>();
    handshake::Request::new(parts, peer)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read() {
        let query = Query::parse("EIO=4&transport=polling&t=abc&sid=xyz");
        assert_eq!((query.protocol, query.transport, query.sid), (Some("4"), Some("polling"), Some("xyz")));
        let query = Query::parse("");
        assert_eq!((query.protocol, query.transport, query.sid), (None, None, None));
        assert_eq!(Query::parse("sid=&EIO").sid, None);
    }
}
