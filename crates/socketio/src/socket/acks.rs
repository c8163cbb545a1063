//! Events that are sent to a socket and acknowledged by its client.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot};

use super::Socket;
use crate::ack::AckError;
use crate::encoded::Encoded;
use crate::engine::Flags;
use crate::socket_io::Arguments;

/// Events that wait for the client's acknowledgement.
#[derive(Default)]
pub(super) struct Acks {
    closed: bool,
    waiting: BTreeMap<u64, Waiter>,
}

/// Who waits for an acknowledgement.
enum Waiter {
    One(oneshot::Sender<Arguments>),
    /// Somebody who asked many.
    Many(mpsc::UnboundedSender<Arguments>),
}

/// Forgets an acknowledgement that nobody waits for any more.
struct Waiting<'a> {
    socket: &'a Socket,
    id: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.socket.forget_ack(self.id);
    }
}

impl Socket {
    /// Sends an event and waits for the client's acknowledgement, whose first argument is returned. A handler may
    /// wait for its own client.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chinwag_socketio::{AckError, Socket};
    /// # async fn f(socket: &Socket) -> Result<(), AckError> {
    /// let name: String = socket.emit_with_ack("what is your name?", &(), Duration::from_secs(30)).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`AckError`].
    pub async fn emit_with_ack<R: DeserializeOwned, T: Serialize + ?Sized>(
        &self,
        event: &str,
        payload: &T,
        timeout: Duration,
    ) -> Result<R, AckError> {
        self.ask(&Encoded::event(self.namespace(), event, payload)?, timeout).await
    }

    /// The same with a list of arguments: a tuple, an array, a `Vec`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chinwag_socketio::{AckError, Socket};
    /// # async fn f(socket: &Socket) -> Result<(), AckError> {
    /// let sum: i64 = socket.emit_all_with_ack("add", &(2, 3), Duration::from_secs(5)).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`AckError`].
    pub async fn emit_all_with_ack<R: DeserializeOwned, T: Serialize + ?Sized>(
        &self,
        event: &str,
        arguments: &T,
        timeout: Duration,
    ) -> Result<R, AckError> {
        self.ask(&Encoded::event_all(self.namespace(), event, arguments)?, timeout).await
    }

    async fn ask<R: DeserializeOwned>(&self, packet: &Encoded, timeout: Duration) -> Result<R, AckError> {
        let (waiting, answer) = self.expect_ack().ok_or(AckError::Disconnected)?;
        let asking = packet.asking(waiting.id);
        self.0.conn.send(|dialect| asking.frames(dialect), Flags::default());
        if self.0.space.has_listeners() {
            self.0.space.tell(std::slice::from_ref(self), packet);
        }
        match tokio::time::timeout(timeout, answer).await {
            Ok(Ok(arguments)) => Ok(arguments.first()?),
            Ok(Err(_)) => Err(AckError::Disconnected),
            Err(_) => Err(AckError::Timeout),
        }
    }

    fn expect_ack(&self) -> Option<(Waiting<'_>, oneshot::Receiver<Arguments>)> {
        let id = self.0.space.next_ack();
        let (sender, receiver) = oneshot::channel();
        self.wait_for(id, Waiter::One(sender)).then_some((Waiting { socket: self, id }, receiver))
    }

    /// This is one of many that are asked. `false` if it has been disconnected.
    pub(crate) fn expect_one_of_many(&self, id: u64, replies: mpsc::UnboundedSender<Arguments>) -> bool {
        self.wait_for(id, Waiter::Many(replies))
    }

    fn wait_for(&self, id: u64, waiter: Waiter) -> bool {
        let mut acks = self.0.acks.lock().unwrap_or_else(PoisonError::into_inner);
        if acks.closed {
            return false;
        }
        acks.waiting.insert(id, waiter);
        drop(acks);
        // The answer may come behind events that are not read, because enough of them wait.
        self.0.conn.wake_to_read();
        true
    }

    /// Whether somebody waits for the client's acknowledgement.
    pub(crate) fn asks(&self) -> bool {
        !self.0.acks.lock().unwrap_or_else(PoisonError::into_inner).waiting.is_empty()
    }

    /// Nobody waits for this acknowledgement any more.
    pub(crate) fn forget_ack(&self, id: u64) {
        self.0.acks.lock().unwrap_or_else(PoisonError::into_inner).waiting.remove(&id);
    }

    /// An acknowledgement came. One that nobody waits for is ignored.
    pub(crate) fn acknowledged(&self, id: u64, arguments: Arguments) {
        let waiting = self.0.acks.lock().unwrap_or_else(PoisonError::into_inner).waiting.remove(&id);
        // Whoever waited may have given up.
        match waiting {
            Some(Waiter::One(waiting)) => drop(waiting.send(arguments)),
            Some(Waiter::Many(waiting)) => drop(waiting.send(arguments)),
            None => {}
        }
    }

    /// It has ended: nothing is acknowledged any more.
    pub(super) fn forget_acks(&self) {
        let mut acks = self.0.acks.lock().unwrap_or_else(PoisonError::into_inner);
        acks.closed = true;
        // Dropping the senders wakes who waits.
        acks.waiting.clear();
    }
}
