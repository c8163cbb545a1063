//! The hub's door: what the rest of the application may ask of the node's fan-out.

use std::sync::Arc;

use chinwag_model::{Person, UserId};
use chinwag_socketio::{Socket, SocketId};
use tokio::sync::{mpsc, oneshot};

/// How many requests may wait.
const REQUESTS: usize = 4_096;

/// What may be asked.
pub(super) enum Request {
    /// A socket has connected: it is to hear everything of its user's streams.
    Seat { socket: Socket, person: Arc<Person>, done: oneshot::Sender<bool> },
    /// A socket is gone.
    Unseat { socket: SocketId, user: UserId },
    /// A user's memberships may have changed: their sockets are to follow.
    Follow { user: UserId, done: oneshot::Sender<()> },
}

/// The door to the node's fan-out. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Hub(mpsc::Sender<Request>);

/// The other side of the door.
pub(crate) struct Requests(pub(super) mpsc::Receiver<Request>);

impl Hub {
    /// A door and its other side.
    pub(crate) fn new() -> (Self, Requests) {
        let (sender, receiver) = mpsc::channel(REQUESTS);
        (Self(sender), Requests(receiver))
    }

    /// Lets a socket hear everything of its user's streams. When this says `true`, nothing that is committed from then
    /// on is missed. `false`: the store could not be asked.
    pub(crate) async fn seat(&self, socket: Socket, person: Arc<Person>) -> bool {
        let (done, answer) = oneshot::channel();
        let asked = self.0.send(Request::Seat { socket, person, done }).await;
        asked.is_ok() && answer.await.unwrap_or(false)
    }

    /// A seated socket is gone.
    pub(crate) async fn unseat(&self, socket: SocketId, user: UserId) {
        // Without a hub there are no seats either.
        let _ = self.0.send(Request::Unseat { socket, user }).await;
    }

    /// Lets a user's sockets on this node follow their memberships as they are now.
    pub(crate) async fn follow(&self, user: UserId) {
        let (done, answer) = oneshot::channel();
        if self.0.send(Request::Follow { user, done }).await.is_ok() {
            // Without an answer the hub is gone, and so are the sockets.
            let _ = answer.await;
        }
    }
}
