//! How a socket begins: anew, or where it was before ([`Recovery`](crate::Recovery)).

use std::sync::Arc;

use super::Client;
use crate::close::DisconnectReason;
use crate::handshake::Attached;
use crate::id::{RecoveryId, SocketId};
use crate::io::Space;
use crate::recovery::{Back, Claim, LogGuard, Recovered};
use crate::socket::{Beginning, Socket};
use crate::socket_io::{self, protocol_4};

impl Client {
    /// Makes the socket, and tells the client of it. `None` if there is no randomness.
    ///
    /// The client is told before there is the socket: as soon as there is, others may send to it.
    pub(super) fn join(
        &self,
        space: &Arc<Space>,
        id: SocketId,
        back: Option<Back>,
        data: Attached,
    ) -> Option<Socket> {
        let name = &space.namespace.name;
        let new = |beginning| Socket::new(self.io.clone(), space.clone(), self.conn.clone(), beginning);
        if self.is_old() {
            self.conn.push(protocol_4::connect(name));
            return Some(new(Beginning { id, data, recovery: None, stays: None }));
        }
        let Some(log) = space.log() else {
            self.conn.push(socket_io::connect(name, id, None));
            return Some(new(Beginning { id, data, recovery: None, stays: None }));
        };
        // Held to the end, so that nothing else is sent to whoever is given what it missed.
        let (mut log, recovered) = match back {
            Some(back) => self.claim(space, log, back)?,
            None => (log, None),
        };
        let (recovery, id) = match (&recovered, back) {
            (Some(socket), Some(back)) => (back.recovery, socket.id),
            _ => (RecoveryId::random().ok()?, id),
        };
        // First: what comes before it, JavaScript clients put aside, and would still have if the connection broke before
        // they are in, to hand it out a second time with what the next connection sends.
        self.conn.push(socket_io::connect(name, id, Some(&recovery)));
        for frames in recovered.iter().flat_map(|socket| &socket.missed) {
            self.conn.push(frames.clone());
        }
        let stays = recovered.as_ref().map(|socket| socket.stays.clone());
        let socket = new(Beginning { id, data, recovery: Some(recovery), stays });
        log.begin(recovery, &socket, recovered.as_ref());
        Some(socket)
    }

    /// Takes over the socket that the client had, if it may go on.
    fn claim<'a>(
        &self,
        space: &'a Space,
        mut log: LogGuard<'a>,
        back: Back,
    ) -> Option<(LogGuard<'a>, Option<Recovered>)> {
        let engine = self.io.engine();
        // If more had to wait for the client it would soon be thrown out as slow, again and again.
        let most = engine.outbox_limit() / 2;
        loop {
            match log.claim(back.recovery, back.offset, most, engine.now()) {
                Claim::Goes(socket) => return Some((log, Some(socket))),
                Claim::Unknown => return Some((log, None)),
                Claim::Live(socket) => {
                    // Its connection is dead, which the server has not noticed yet.
                    drop(log);
                    socket.conn().close(DisconnectReason::TransportError);
                    socket.end(DisconnectReason::TransportError);
                    log = space.log()?;
                }
            }
        }
    }
}
