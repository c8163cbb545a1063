//! Handlers by which clients choose their rooms.

use chinwag_socketio::{Ack, Namespace, Payload, Socket};

/// `join` and `leave` take a room's name and are acknowledged with nothing.
pub(crate) fn join_and_leave(namespace: Namespace) -> Namespace {
    namespace
        .on("join", |socket: Socket, Payload(room): Payload<String>, ack: Ack| async move {
            socket.join(room);
            ack.send(&());
        })
        .on("leave", |socket: Socket, Payload(room): Payload<String>, ack: Ack| async move {
            socket.leave(room);
            ack.send(&());
        })
}
