//! The polling transport (Engine.IO protocols 3 and 4, "HTTP long-polling"): each GET takes what waits in the outbox, each
//! POST leaves its packets to the connection's task.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body::Body;
use tokio::time::timeout;

use super::conn::{Conn, Packets, Posted, Shared, Stamp};
use super::counts::Count;
use super::dialect::Dialect;
use super::request::{Fault, Response, body, fault, too_large};
use crate::close::DisconnectReason;
use crate::engine_io::protocol_3::{self, Payload};
use crate::engine_io::{
    InvalidPacket, NOOP, Phase, PollRefused, Protocol, Transport, decode_payload, encode_payload, jsonp,
};
use crate::socket_io::protocol_4;
use crate::websocket::{self, Opcode};

/// For how long the rest of a body that is too large is read.
const DISCARD: Duration = Duration::from_secs(10);
/// For how long nothing of it may come.
const SILENCE: Duration = Duration::from_secs(1);

/// How an answer is wrapped.
#[derive(Debug, Clone)]
pub(super) enum Wrapping {
    None,
    /// In a script that calls this function of the client's.
    Script(jsonp::Callback),
}

/// Answers a GET.
pub(super) async fn poll(conn: Arc<Conn>, wrapping: Wrapping, stamp: Option<Stamp>) -> Response {
    let Dialect { protocol, base64, .. } = conn.dialect();
    if matches!(wrapping, Wrapping::Script(_)) && protocol == Protocol::V3 && !base64 {
        // It was agreed that there may be bytes, which cannot be in a script.
        return fault(Fault::BadRequest);
    }
    conn.check_now();
    if stamp.is_some() && conn.lock().polling.as_ref().is_some_and(|polling| polling.answered == stamp) {
        // A proxy has lost its connection to a server, and asks for the same by another. What the poll was answered with is
        // lost, and with it the session: the client comes back and asks for what it missed.
        conn.close(DisconnectReason::TransportError);
        return fault(Fault::UnknownSession);
    }
    let started = conn.lock().session.start_poll();
    match started {
        Ok(()) => {
            let payload = PollRequest { conn: conn.clone(), stamp, answered: false }.await;
            answer(&conn, payload, wrapping)
        }
        Err(refused) => refuse(&conn, refused),
    }
}

/// Writes what waits for a client that polls.
pub(super) fn write(dialect: Dialect, frames: impl IntoIterator<Item = Bytes>) -> Payload {
    match dialect.protocol {
        Protocol::V3 if dialect.ascii => {
            protocol_3::encode_payload(frames.into_iter().map(|frames| protocol_4::ascii(&frames)))
        }
        Protocol::V3 => protocol_3::encode_payload(frames),
        Protocol::V4 => Payload::Text(encode_payload(frames)),
    }
}

/// The answer to a poll, or to the handshake.
pub(super) fn answer(conn: &Conn, payload: Payload, wrapping: Wrapping) -> Response {
    let (kind, bytes) = match (payload, wrapping) {
        (Payload::Text(text), Wrapping::None) => ("text/plain; charset=UTF-8", text),
        (Payload::Binary(bytes), _) => ("application/octet-stream", bytes),
        (Payload::Text(text), Wrapping::Script(callback)) => {
            ("text/javascript; charset=UTF-8", callback.script(&text))
        }
    };
    conn.counts().add(Count::BytesOut, bytes.len() as u64);
    body(StatusCode::OK, HeaderValue::from_static(kind), bytes.into())
}

fn refuse(conn: &Conn, refused: PollRefused) -> Response {
    match refused {
        PollRefused::Closed => fault(Fault::UnknownSession),
        PollRefused::Transport => fault(Fault::BadRequest),
        PollRefused::Overlap => {
            conn.close(DisconnectReason::TransportError);
            fault(Fault::BadRequest)
        }
    }
}

/// A GET that waits for something to say.
struct PollRequest {
    conn: Arc<Conn>,
    stamp: Option<Stamp>,
    answered: bool,
}

impl Future for PollRequest {
    type Output = Payload;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Payload> {
        let conn = self.conn.clone();
        let mut shared = conn.lock();
        let close = || websocket::frame(Opcode::Text, b"1");
        let only = |frame| Some(vec![frame]);
        let taken: Option<Vec<Bytes>> = match shared.session.phase() {
            // What is still to be said comes first, and the packet that ends the session with the next poll: of both in
            // one answer, socket.io-client 4 takes the end first, and the rest for what its next connection says.
            Phase::Ending(reason) if reason.by_server() => {
                // The task has not said it yet.
                if shared.is_to_be_told() {
                    None
                } else if !shared.outbox.is_empty() {
                    Some(shared.outbox.take().collect())
                } else {
                    shared.close(&conn, reason);
                    only(close())
                }
            }
            // The answer to the POST says why, and must not be overtaken by the end of the poll that waits.
            Phase::Ending(DisconnectReason::TooLarge) => None,
            // The client has closed, and its last poll ends without a word.
            Phase::Ending(reason) => {
                shared.close(&conn, reason);
                only(NOOP)
            }
            Phase::Closed(DisconnectReason::TransportClose) => only(NOOP),
            Phase::Closed(_) => only(close()),
            Phase::Open if shared.session.transport() != Transport::Polling => only(NOOP),
            Phase::Open if shared.has_for_poll() => Some(shared.outbox.take().collect()),
            Phase::Open if shared.session.releases_poll() => only(NOOP),
            Phase::Open => None,
        };
        match taken {
            Some(frames) => {
                shared.settle(&conn);
                shared.progressed(&conn);
                shared.session.end_poll();
                if let Some(polling) = &mut shared.polling {
                    polling.answered = self.stamp;
                }
                shared.wake_task();
                // Whoever has something to send need not wait for this to be written.
                drop(shared);
                self.answered = true;
                Poll::Ready(write(conn.dialect(), frames))
            }
            None => {
                if let Some(polling) = &mut shared.polling {
                    polling.poll = Some(cx.waker().clone());
                }
                Poll::Pending
            }
        }
    }
}

impl Drop for PollRequest {
    fn drop(&mut self) {
        if !self.answered {
            // The client has given up the request, and with it the session.
            self.conn.lock().session.end_poll();
            self.conn.close(DisconnectReason::TransportError);
        }
    }
}

/// Answers a POST.
pub(super) async fn post<B>(conn: Arc<Conn>, wrapping: Wrapping, headers: &HeaderMap, request: B) -> Response
where
    B: Body,
{
    conn.check_now();
    let started = conn.lock().session.start_post();
    if let Err(refused) = started {
        return refuse(&conn, refused);
    }
    let mut post = Post { conn, taken: false };
    let answer = post.run(&wrapping, headers, request).await;
    post.taken = true;
    answer
}

/// A POST under way.
struct Post {
    conn: Arc<Conn>,
    taken: bool,
}

impl Post {
    async fn run<B: Body>(&self, wrapping: &Wrapping, headers: &HeaderMap, request: B) -> Response {
        let protocol = self.conn.dialect().protocol;
        let bytes = headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/octet-stream");
        if bytes && protocol == Protocol::V4 {
            self.conn.close(DisconnectReason::TransportError);
            return fault(Fault::BadRequest);
        }
        let limit = self.conn.engine().config.max_payload;
        let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        let mut request = pin!(request);
        let body = if length.is_some_and(|length| length > limit as u64) {
            Err(Unread::TooLarge)
        } else {
            self.read(request.as_mut(), limit).await
        };
        let body = match body {
            Ok(body) => body,
            Err(Unread::TooLarge) => {
                // Who asks before sending it is told before it is sent.
                if !headers.contains_key(EXPECT) {
                    self.discard(request).await;
                }
                self.conn.request_close(DisconnectReason::TooLarge, None);
                return too_large(limit);
            }
            Err(Unread::Broken) => {
                self.conn.close(DisconnectReason::TransportError);
                return fault(Fault::BadRequest);
            }
            Err(Unread::Closed) => return fault(Fault::UnknownSession),
        };
        self.conn.counts().add(Count::BytesIn, body.len() as u64);
        let size = body.len();
        let Ok(packets) = read(protocol, bytes, wrapping, body) else {
            self.conn.close(DisconnectReason::ParseError);
            return fault(Fault::BadRequest);
        };
        {
            let mut shared = self.conn.lock();
            let over = matches!(shared.session.phase(), Phase::Closed(_));
            if let Some(polling) = shared.polling.as_mut().filter(|_| !over) {
                polling.posted = Some(Posted::new(packets, size));
                polling.untaken = true;
            }
            shared.wake_task();
        }
        self.taken().await;
        if self.conn.lock().polling.as_ref().is_some_and(|polling| polling.faulty) {
            return fault(Fault::BadRequest);
        }
        if let Phase::Ending(DisconnectReason::TooLarge) = self.conn.lock().session.phase() {
            // Its packets are no larger than they may be, but together with those before them.
            return too_large(limit);
        }
        super::request::body(StatusCode::OK, HeaderValue::from_static("text/html"), Bytes::from_static(b"ok"))
    }

    /// Reads the body, unless the session is over before.
    async fn read<B: Body>(&self, mut request: Pin<&mut B>, limit: usize) -> Result<Bytes, Unread> {
        let mut body = BytesMut::new();
        while let Some(mut data) = self.part(request.as_mut()).await? {
            if data.remaining() > limit - body.len() {
                return Err(Unread::TooLarge);
            }
            let part = data.copy_to_bytes(data.remaining());
            body.extend_from_slice(&part);
        }
        Ok(body.freeze())
    }

    /// The next bytes of the body, and none at its end.
    async fn part<B: Body>(&self, mut request: Pin<&mut B>) -> Result<Option<B::Data>, Unread> {
        loop {
            let frame = poll_fn(|cx| {
                if self.waits(cx, |shared| !matches!(shared.session.phase(), Phase::Closed(_))) {
                    request.as_mut().poll_frame(cx).map(Ok)
                } else {
                    Poll::Ready(Err(Unread::Closed))
                }
            })
            .await?;
            match frame {
                None => return Ok(None),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
                Some(Err(_)) => return Err(Unread::Broken),
            }
        }
    }

    /// Lets the rest of a body pass, so that the client gets to read the answer: it does not before it has sent all, and
    /// where the connection is closed before that it only learns that it broke.
    async fn discard<B: Body>(&self, mut request: Pin<&mut B>) {
        let all = async {
            // Some announce it, and wait for what is said to that.
            while let Ok(Ok(Some(_))) = timeout(SILENCE, self.part(request.as_mut())).await {}
        };
        // Whoever takes longer may have to do without the answer.
        let _ = timeout(DISCARD, all).await;
    }

    /// Waits until the task has taken the packets: a client that sends faster than it is handled waits here.
    async fn taken(&self) {
        let untaken = |shared: &Shared| {
            let untaken = shared.polling.as_ref().is_some_and(|polling| polling.untaken);
            untaken && shared.session.is_open()
        };
        poll_fn(|cx| if self.waits(cx, untaken) { Poll::Pending } else { Poll::Ready(()) }).await;
    }

    /// Whether this holds and so the POST waits; asked again when that may have changed.
    fn waits(&self, cx: &Context<'_>, holds: impl Fn(&Shared) -> bool) -> bool {
        let mut shared = self.conn.lock();
        let waits = holds(&shared);
        if waits && let Some(polling) = &mut shared.polling {
            polling.post = Some(cx.waker().clone());
        }
        waits
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        self.conn.lock().session.end_post();
        if !self.taken {
            self.conn.close(DisconnectReason::TransportError);
        }
    }
}

/// The packets of a POST's body.
fn read(protocol: Protocol, bytes: bool, wrapping: &Wrapping, body: Bytes) -> Result<Packets, InvalidPacket> {
    let body = match wrapping {
        Wrapping::None => body,
        Wrapping::Script(_) => jsonp::form(&body)?,
    };
    Ok(match (protocol, bytes) {
        (Protocol::V4, _) => Box::new(decode_payload(body)?),
        (Protocol::V3, false) => Box::new(protocol_3::decode_text_payload(body)?),
        (Protocol::V3, true) => Box::new(protocol_3::decode_binary_payload(body)?),
    })
}

/// A body that was not read.
enum Unread {
    TooLarge,
    Broken,
    Closed,
}
