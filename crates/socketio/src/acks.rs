//! Acknowledgements of many clients.

use serde::de::DeserializeOwned;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::socket::Socket;
use crate::socket_io::{Arguments, PayloadError};

/// What clients said to an event that was sent to many ([`Broadcast::emit_with_ack`](crate::Broadcast::emit_with_ack)).
///
/// ```
/// use chinwag_socketio::Acks;
///
/// let acks = Acks { replies: vec![Ok(true), Ok(false)], asked: 3 };
/// assert!(!acks.is_complete());
/// assert_eq!(acks.replies.iter().filter(|reply| **reply == Ok(true)).count(), 1);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Acks<R> {
    /// The first argument of each acknowledgement, in the order in which they came.
    pub replies: Vec<Result<R, PayloadError>>,
    /// How many clients were asked.
    pub asked: usize,
}

impl<R> Acks<R> {
    /// Whether everybody acknowledged in time.
    ///
    /// ```
    /// # use chinwag_socketio::Acks;
    /// assert!(Acks::<u8> { replies: vec![], asked: 0 }.is_complete());
    /// ```
    pub fn is_complete(&self) -> bool {
        self.replies.len() >= self.asked
    }
}

impl<R: DeserializeOwned> Acks<R> {
    pub(crate) fn read(asked: usize, replies: &[Arguments]) -> Self {
        Self { replies: replies.iter().map(Arguments::first).collect(), asked }
    }
}

/// An event that waits for the acknowledgements of many. Forgotten when dropped.
pub(crate) struct Asked {
    pub(crate) id: u64,
    /// Those who were asked.
    pub(crate) sockets: Vec<Socket>,
    /// At most one for each; it ends when nobody is left who could answer.
    pub(crate) replies: UnboundedReceiver<Arguments>,
}

impl Drop for Asked {
    fn drop(&mut self) {
        for socket in &self.sockets {
            socket.forget_ack(self.id);
        }
    }
}
