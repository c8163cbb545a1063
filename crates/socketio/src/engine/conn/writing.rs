//! Writing what waits: by the task when it has been polled, by a flusher otherwise.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::MutexGuard;
use std::task::{Context, Poll, Waker};

use tokio::io::AsyncWrite;
use tokio::net::tcp::OwnedWriteHalf;

use super::{Conn, Shared};
use crate::close::DisconnectReason;
use crate::engine::outbox::Outbox;
use crate::engine::wire::Wire;
use crate::engine_io::Transport;

/// How many packets go into one write.
const SLICES: usize = 64;

impl Conn {
    /// The task begins to be polled: what is queued meanwhile is written at its end.
    pub(in crate::engine) fn begin_turn(&self, cx: &Context<'_>) -> MutexGuard<'_, Shared> {
        let mut shared = self.lock();
        shared.owned = true;
        match &mut shared.task {
            Some(task) => task.clone_from(cx.waker()),
            None => shared.task = Some(cx.waker().clone()),
        }
        shared
    }

    /// The task is done for now: writes what waits. `Ready` if nothing is left.
    pub(in crate::engine) fn end_turn(
        &self,
        cx: &mut Context<'_>,
        wire: Option<&mut Wire>,
    ) -> Poll<io::Result<()>> {
        let mut shared = self.lock();
        let before = shared.outbox.cost();
        let Shared { outbox, writer, .. } = &mut *shared;
        let result = match (writer, wire.and_then(Wire::other)) {
            (Some(writer), _) => write(Pin::new(writer), cx, outbox),
            (None, Some(other)) => write(Pin::new(other), cx, outbox),
            (None, None) => Poll::Ready(Ok(())),
        };
        shared.outbox.settle(&self.engine.budget);
        if shared.outbox.cost() < before {
            shared.progressed(self);
        }
        shared.owned = false;
        shared.blocked = result.is_pending();
        let answers = !shared.outbox.is_empty() || !shared.session.is_open();
        let polls = shared.session.transport() == Transport::Polling;
        if let Some(polling) = &mut shared.polling {
            if answers && polls {
                polling.poll.take().into_iter().for_each(Waker::wake);
            }
            // Also one that came before the client moved to a WebSocket.
            if !polling.untaken {
                polling.post.take().into_iter().for_each(Waker::wake);
            }
        }
        result
    }

    /// Writes what waits, for a flusher.
    pub(in crate::engine) fn flush(&self) {
        let mut shared = self.lock();
        shared.dirty = false;
        if shared.owned || shared.blocked {
            return;
        }
        match shared.write_now(self) {
            Ok(Poll::Ready(())) => return,
            Ok(Poll::Pending) => shared.blocked = true,
            Err(_) => {
                shared.close(self, DisconnectReason::TransportError);
            }
        }
        shared.wake_task();
    }

    /// From now on frames are written here.
    pub(in crate::engine) fn attach(&self, writer: Option<OwnedWriteHalf>) {
        self.lock().writer = writer;
    }
}

impl Shared {
    /// Writes until nothing is left or no more is taken, without waking anybody when more would be. Nothing is done
    /// where only the task can write.
    pub(super) fn write_now(&mut self, conn: &Conn) -> io::Result<Poll<()>> {
        let Shared { outbox, writer: Some(writer), .. } = self else { return Ok(Poll::Ready(())) };
        let result = loop {
            if outbox.is_empty() {
                break Ok(Poll::Ready(()));
            }
            match try_write(writer, outbox) {
                Ok(written) => outbox.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Ok(Poll::Pending),
                Err(error) => break Err(error),
            }
        };
        self.settle(conn);
        result
    }
}

/// One write of what waits. Most of the time that is one packet, and for one the system has a quicker call.
fn try_write(writer: &OwnedWriteHalf, outbox: &Outbox) -> io::Result<usize> {
    if let Some(frames) = outbox.only() {
        return send(writer, frames);
    }
    let mut slices = [IoSlice::new(&[]); SLICES];
    let count = outbox.slices(&mut slices);
    writer.try_write_vectored(slices.get(..count).unwrap_or_default())
}

/// Asks the system, and not first tokio's note of who can be written to: that is memory of its own, which nobody else looks
/// at while a room is walked.
#[cfg(target_os = "linux")]
fn send(writer: &OwnedWriteHalf, frames: &[u8]) -> io::Result<usize> {
    use rustix::net::SendFlags;
    let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
    Ok(rustix::io::retry_on_intr(|| rustix::net::send(writer.as_ref(), frames, flags))?)
}

#[cfg(not(target_os = "linux"))]
fn send(writer: &OwnedWriteHalf, frames: &[u8]) -> io::Result<usize> {
    writer.try_write(frames)
}

/// The same as [`try_write`], of who wants to be woken when more is taken.
fn poll_write<W: AsyncWrite>(
    writer: Pin<&mut W>,
    cx: &mut Context<'_>,
    outbox: &Outbox,
) -> Poll<io::Result<usize>> {
    if let Some(frames) = outbox.only() {
        return writer.poll_write(cx, frames);
    }
    let mut slices = [IoSlice::new(&[]); SLICES];
    let count = outbox.slices(&mut slices);
    writer.poll_write_vectored(cx, slices.get(..count).unwrap_or_default())
}

/// Writes until nothing is left or no more is taken.
fn write<W: AsyncWrite>(
    mut writer: Pin<&mut W>,
    cx: &mut Context<'_>,
    outbox: &mut Outbox,
) -> Poll<io::Result<()>> {
    while !outbox.is_empty() {
        match poll_write(writer.as_mut(), cx, outbox) {
            Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            Poll::Ready(Ok(written)) => outbox.advance(written),
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => return Poll::Pending,
        }
    }
    writer.poll_flush(cx)
}
