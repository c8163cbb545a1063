//! Sockets as servers tell each other of them.

use std::net::{IpAddr, SocketAddr};

use chinwag_socketio::RemoteSocket;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::value::{self, Room};

/// A socket, or its id alone: what answers the requests 5 and 0.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Listed {
    Id(String),
    Socket(Socket),
}

#[derive(Deserialize)]
pub(super) struct Socket {
    id: String,
    handshake: Option<Handshake>,
    rooms: Option<Vec<Room>>,
    #[serde(default)]
    data: Value,
}

#[derive(Deserialize)]
struct Handshake {
    address: Option<String>,
}

/// What code on Node finds in `RemoteSocket`. Of the handshake there is the address; the rest is there, but empty.
#[derive(Serialize)]
pub(super) struct Written<'a> {
    id: &'a str,
    handshake: WrittenHandshake,
    /// That of its own id included, which is first on Node as well.
    rooms: Vec<&'a str>,
    data: &'a Value,
}

#[derive(Serialize)]
struct WrittenHandshake {
    address: String,
    headers: Empty,
    query: Empty,
    auth: Empty,
}

#[derive(Serialize)]
struct Empty {}

impl Socket {
    pub(super) fn read(self) -> RemoteSocket {
        let Self { id, handshake, rooms, data } = self;
        let mut rooms = value::rooms(rooms);
        rooms.retain(|room| *room != id);
        let address = handshake.and_then(|handshake| handshake.address?.parse::<IpAddr>().ok());
        // Nobody tells the port.
        let peer_addr = address.map(|address| SocketAddr::new(address.to_canonical(), 0));
        RemoteSocket { id, rooms, peer_addr, data }
    }
}

impl<'a> Written<'a> {
    pub(super) fn new(socket: &'a RemoteSocket) -> Self {
        let address = socket.peer_addr.map(|address| address.ip().to_string()).unwrap_or_default();
        let own = std::iter::once(socket.id.as_str());
        Self {
            id: &socket.id,
            handshake: WrittenHandshake { address, headers: Empty {}, query: Empty {}, auth: Empty {} },
            rooms: own.chain(socket.rooms.iter().map(String::as_str)).collect(),
            data: &socket.data,
        }
    }
}
