//! Who is in which room of a namespace.
//!
//! The room of a socket's own id is not kept anywhere: it is the socket. Locks are taken in the order recovery log,
//! socket's rooms, map of rooms, members of a room, connection; a broadcast holds the rooms' turns, and the members' for
//! reading, a slice at a time.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use crate::adapter::{Adapter, AnyAdapter, Rooms};
use crate::engine::Conn;
use crate::id::SocketId;
use crate::socket::Socket;

mod room;

use room::Turn;

/// A room of sockets.
type Room = room::Room<Member>;

/// A socket as a broadcast needs it, without a detour over the socket.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) id: SocketId,
    pub(crate) conn: Arc<Conn>,
    pub(crate) socket: Socket,
}

/// The sockets and rooms of one namespace.
#[derive(Default)]
pub(crate) struct Hub {
    all: Room,
    rooms: RwLock<HashMap<Arc<str>, Arc<Room>>>,
    /// Who is told which rooms there are, and of which namespace.
    watcher: Option<(Arc<dyn Adapter>, Arc<str>)>,
}

impl Member {
    fn new(socket: &Socket) -> Self {
        Self { id: socket.id(), conn: socket.conn().clone(), socket: socket.clone() }
    }
}

/// Whom a broadcast reaches: everybody in one of `rooms`, or in the namespace if there are none, but nobody in one
/// of `except`. A room may also be a socket's id, which others may have joined.
#[derive(Debug, Clone, Default)]
pub(crate) struct Target {
    pub(crate) rooms: Vec<String>,
    pub(crate) except: Vec<String>,
    pub(crate) except_socket: Option<SocketId>,
    /// This socket alone; there are no rooms then.
    pub(crate) only_socket: Option<SocketId>,
}

impl Target {
    /// One socket, and nobody who has joined the room of its id.
    pub(crate) fn socket(id: SocketId) -> Self {
        Self { only_socket: Some(id), ..Self::default() }
    }

    /// Whether the whole namespace is meant, but for those who are left out.
    fn is_everybody(&self) -> bool {
        self.rooms.is_empty() && self.only_socket.is_none()
    }

    /// The same for other servers, where the socket that is left out is not.
    pub(crate) fn for_others(&self) -> Rooms {
        Rooms { rooms: self.rooms.clone(), except: self.except.clone() }
    }
}

impl Hub {
    pub(crate) fn new(namespace: &Arc<str>, adapter: AnyAdapter) -> Self {
        Self { watcher: adapter.map(|adapter| (adapter, namespace.clone())), ..Self::default() }
    }

    pub(crate) fn room_names(&self) -> Vec<String> {
        let rooms = self.rooms.read().unwrap_or_else(PoisonError::into_inner);
        rooms.keys().map(|name| name.to_string()).collect()
    }

    /// Whether anybody is in the room, or has its name for an id.
    pub(crate) fn has_room(&self, name: &str) -> bool {
        self.rooms.read().unwrap_or_else(PoisonError::into_inner).contains_key(name)
            || name.parse().is_ok_and(|id| self.all.read(|all| all.get(id).is_some()))
    }

    pub(crate) fn insert(&self, socket: &Socket) {
        self.all.write(|all| all.insert(socket.id(), || Member::new(socket)));
    }

    pub(crate) fn remove(&self, id: SocketId) {
        self.all.write(|all| all.remove(id));
    }

    pub(crate) fn len(&self) -> usize {
        self.all.read(|all| all.len())
    }

    pub(crate) fn rooms(&self) -> usize {
        self.rooms.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(crate) fn get(&self, id: SocketId) -> Option<Socket> {
        self.all.read(|all| all.get(id).map(|member| member.socket.clone()))
    }

    /// Puts the socket into the room. Returns the room's name as it is kept, if the socket was not in it.
    pub(crate) fn join(&self, room: &str, socket: &Socket) -> Option<Arc<str>> {
        let mut rooms = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
        let (name, room) = match rooms.get_key_value(room) {
            Some((name, room)) => (name.clone(), room.clone()),
            None => {
                let name: Arc<str> = room.into();
                let room = rooms.entry(name.clone()).or_default().clone();
                if let Some((adapter, namespace)) = &self.watcher {
                    adapter.joined(namespace, &name);
                }
                (name, room)
            }
        };
        room.write(|members| members.insert(socket.id(), || Member::new(socket))).then_some(name)
    }

    /// Takes the socket out of the room, and the room away with the last one.
    pub(crate) fn leave(&self, room: &str, id: SocketId) {
        let mut rooms = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
        let Some(members) = rooms.get(room) else { return };
        let empty = members.write(|members| {
            members.remove(id);
            members.is_empty()
        });
        if empty {
            rooms.remove(room);
            if let Some((adapter, namespace)) = &self.watcher {
                adapter.left(namespace, room);
            }
            if rooms.capacity() > 1024 && rooms.len() * 4 < rooms.capacity() {
                let keep = rooms.len() * 2;
                rooms.shrink_to(keep);
            }
        }
    }

    /// Calls `each` once for each socket that the target names, without letting go of a room.
    pub(crate) fn walk(&self, target: &Target, each: impl FnMut(&Member)) {
        let mut admit = self.admitting(target, each);
        if target.is_everybody() {
            return self.all.read(|all| all.iter().for_each(admit));
        }
        for place in self.places(target) {
            match place {
                Place::Socket(member) => admit(&member),
                Place::Room(room) => room.read(|members| members.iter().for_each(&mut admit)),
            }
        }
    }

    /// Calls `each` once for each socket that the target names, when nobody else is sending to the rooms that it names:
    /// what is sent to one room reaches all who are in it in the same order.
    pub(crate) fn walk_in_turn(&self, target: &Target, each: impl FnMut(&Member)) {
        let mut admit = self.admitting(target, each);
        if target.is_everybody() {
            return self.all.turn().walk(admit);
        }
        loop {
            let places = self.places(target);
            let mut rooms: Vec<&Arc<Room>> = places.iter().filter_map(Place::room).collect();
            // In an order that is the same for everybody, and each once.
            rooms.sort_by_key(|room| Arc::as_ptr(room));
            rooms.dedup_by_key(|room| Arc::as_ptr(room));
            let turns: Vec<Turn<'_, Member>> = rooms.iter().map(|room| room.turn()).collect();
            // Before it was our turn a room may have been emptied, and another one of its name made.
            if self.places(target) != places {
                continue;
            }
            for place in &places {
                if let Place::Socket(member) = place {
                    admit(member);
                }
            }
            return turns.iter().for_each(|turn| turn.walk(&mut admit));
        }
    }

    fn places(&self, target: &Target) -> Vec<Place> {
        let only = target.only_socket.and_then(|id| self.member(id)).map(Place::Socket);
        only.into_iter().chain(target.rooms.iter().flat_map(|name| self.meant(name))).collect()
    }

    fn member(&self, id: SocketId) -> Option<Member> {
        self.all.read(|all| all.get(id).cloned())
    }

    /// What is meant by the name of a room: the socket that has it for its id, and a room that others have joined.
    fn meant(&self, name: &str) -> impl Iterator<Item = Place> + use<> {
        let socket = name.parse().ok().and_then(|id| self.member(id));
        let room = self.rooms.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        socket.map(Place::Socket).into_iter().chain(room.map(Place::Room))
    }

    /// Passes each socket on once, if it is none that the target leaves out.
    fn admitting(&self, target: &Target, mut each: impl FnMut(&Member)) -> impl FnMut(&Member) {
        let mut except: HashSet<SocketId> = HashSet::new();
        for place in target.except.iter().flat_map(|name| self.meant(name)) {
            match place {
                Place::Socket(member) => drop(except.insert(member.id)),
                Place::Room(room) => {
                    room.read(|members| except.extend(members.iter().map(|member| member.id)));
                }
            }
        }
        let except_socket = target.except_socket;
        // Only in several rooms can it be met again, or in the one that has the name of its id.
        let once = match &target.rooms[..] {
            [] => true,
            [room] => room.parse::<SocketId>().is_err(),
            _ => false,
        };
        let mut seen = (!once).then(HashSet::new);
        move |member| {
            let out = except_socket == Some(member.id) || !except.is_empty() && except.contains(&member.id);
            if !out && seen.as_mut().is_none_or(|seen| seen.insert(member.id)) {
                each(member);
            }
        }
    }
}

/// What the name of a room stands for.
enum Place {
    /// The socket of this id.
    Socket(Member),
    Room(Arc<Room>),
}

impl Place {
    fn room(&self) -> Option<&Arc<Room>> {
        match self {
            Self::Socket(_) => None,
            Self::Room(room) => Some(room),
        }
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Socket(one), Self::Socket(other)) => one.id == other.id,
            (Self::Room(one), Self::Room(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}
