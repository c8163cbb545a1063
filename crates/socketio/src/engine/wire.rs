//! The reading side of a WebSocket, and its writing side where that is not a plain TCP socket.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::websocket::Decoder;

/// What one read may bring.
const SCRATCH: usize = 64 * 1024;

thread_local! {
    /// Idle connections have no read buffer; they all read into that of their thread.
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; SCRATCH].into_boxed_slice());
}

enum Stream {
    Tcp(OwnedReadHalf),
    Other(Box<TokioIo<Upgraded>>),
}

/// A WebSocket.
pub(super) struct Wire {
    stream: Stream,
    pub(super) decoder: Decoder,
    /// Bytes that were read and not decoded, because nobody had room for more.
    pub(super) leftover: Bytes,
}

impl Wire {
    /// Takes the connection over from hyper, and with it hyper's buffers are dropped. The second half is where
    /// to write, if it is a plain TCP socket.
    pub(super) fn new(upgraded: Upgraded, decoder: Decoder) -> (Self, Option<OwnedWriteHalf>) {
        let (stream, writer, leftover) = match tcp(upgraded) {
            Ok((stream, read)) => {
                // What is written is whole frames, which should not wait for each other.
                let _ = stream.set_nodelay(true);
                let (reader, writer) = stream.into_split();
                // Copied, because even an empty part would keep the whole of hyper's buffer.
                (Stream::Tcp(reader), Some(writer), Bytes::copy_from_slice(&read))
            }
            Err(other) => (Stream::Other(Box::new(TokioIo::new(other))), None, Bytes::new()),
        };
        (Self { stream, decoder, leftover }, writer)
    }

    /// Where to write, if it is not a plain TCP socket.
    pub(super) fn other(&mut self) -> Option<&mut TokioIo<Upgraded>> {
        match &mut self.stream {
            Stream::Tcp(_) => None,
            Stream::Other(stream) => Some(stream),
        }
    }

    /// Reads what is there and hands it to `take`, which says how much of it was taken; the rest comes again. `Ready(0)`:
    /// the client sends no more.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        take: impl FnOnce(&mut Self, &[u8]) -> usize,
    ) -> Poll<io::Result<usize>> {
        if !self.leftover.is_empty() {
            let mut bytes = std::mem::take(&mut self.leftover);
            let taken = take(self, &bytes).min(bytes.len());
            self.leftover = bytes.split_off(taken);
            return Poll::Ready(Ok(taken));
        }
        BUFFER.with_borrow_mut(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            ready!(match &mut self.stream {
                Stream::Tcp(reader) => Pin::new(reader).poll_read(cx, &mut buffer),
                Stream::Other(stream) => Pin::new(&mut **stream).poll_read(cx, &mut buffer),
            })?;
            let read = buffer.filled();
            if !read.is_empty() {
                let taken = take(self, read);
                self.leftover = Bytes::copy_from_slice(read.get(taken..).unwrap_or_default());
            }
            Poll::Ready(Ok(read.len()))
        })
    }

    /// Says that nothing more will be written, where that is not done by dropping the writing half.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Tcp(_) => Poll::Ready(Ok(())),
            Stream::Other(stream) => Pin::new(&mut **stream).poll_shutdown(cx),
        }
    }
}

/// The TCP socket below, with what hyper has read of it already: under hyper's own server or under hyper-util's,
/// which axum uses.
fn tcp(upgraded: Upgraded) -> Result<(TcpStream, Bytes), Upgraded> {
    use hyper_util::server::conn::auto::upgrade;
    match upgrade::downcast::<TokioIo<TcpStream>>(upgraded) {
        Ok(parts) => Ok((parts.io.into_inner(), parts.read_buf)),
        Err(upgraded) => match upgraded.downcast::<TokioIo<TcpStream>>() {
            Ok(parts) => Ok((parts.io.into_inner(), parts.read_buf)),
            Err(other) => Err(other),
        },
    }
}
