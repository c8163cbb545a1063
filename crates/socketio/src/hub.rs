//! Who is in which room of a namespace.
//!
//! The room of a socket's own id is not kept anywhere: it is the socket. Locks are taken in the order
//! socket's rooms, map of rooms, members of a room, connection; a broadcast holds only the rooms' turns, and the
//! members' for reading.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::adapter::{Adapter, AnyAdapter, Rooms};
use crate::engine::Conn;
use crate::id::SocketId;
use crate::socket::Socket;

/// A socket as a broadcast needs it, without a detour over the socket.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) id: SocketId,
    pub(crate) conn: Arc<Conn>,
    pub(crate) socket: Socket,
}

/// Sockets in a list, to be walked fast, with their places, to be removed fast.
#[derive(Debug, Default)]
struct Members {
    list: Vec<Member>,
    places: HashMap<SocketId, usize>,
}

impl Members {
    fn insert(&mut self, socket: &Socket) -> bool {
        let id = socket.id();
        let place = self.list.len();
        if *self.places.entry(id).or_insert(place) != place {
            return false;
        }
        self.list.push(Member { id, conn: socket.conn().clone(), socket: socket.clone() });
        true
    }

    fn remove(&mut self, id: SocketId) -> bool {
        let Some(place) = self.places.remove(&id) else { return false };
        self.list.swap_remove(place);
        if let Some(moved) = self.list.get(place) {
            self.places.insert(moved.id, place);
        }
        // A room that has shrunk gives memory back, but not at each step.
        if self.list.capacity() > 64 && self.list.len() * 4 < self.list.capacity() {
            self.list.shrink_to(self.list.len() * 2);
            self.places.shrink_to(self.list.len() * 2);
        }
        true
    }

    fn get(&self, id: SocketId) -> Option<&Member> {
        self.list.get(*self.places.get(&id)?)
    }
}

#[derive(Debug, Default)]
struct Room {
    members: RwLock<Members>,
    /// Held while something is queued for the members, so that all get everything in the same order.
    turn: Mutex<()>,
}

impl Room {
    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<R>(&self, f: impl FnOnce(&Members) -> R) -> R {
        f(&self.members.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<R>(&self, f: impl FnOnce(&mut Members) -> R) -> R {
        f(&mut self.members.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The sockets and rooms of one namespace.
#[derive(Default)]
pub(crate) struct Hub {
    all: Room,
    rooms: RwLock<HashMap<Arc<str>, Arc<Room>>>,
    /// Who is told which rooms there are, and of which namespace.
    watcher: Option<(Arc<dyn Adapter>, Arc<str>)>,
}

/// Whom a broadcast reaches: everybody in one of `rooms`, or in the namespace if there are none, but nobody in one
/// of `except`. A room may also be a socket's id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Target {
    pub(crate) rooms: Vec<String>,
    pub(crate) except: Vec<String>,
    pub(crate) except_socket: Option<SocketId>,
}

impl Target {
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

    pub(crate) fn insert(&self, socket: &Socket) {
        self.all.write(|all| all.insert(socket));
    }

    pub(crate) fn remove(&self, id: SocketId) {
        self.all.write(|all| all.remove(id));
    }

    pub(crate) fn len(&self) -> usize {
        self.all.read(|all| all.list.len())
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
        room.write(|members| members.insert(socket)).then_some(name)
    }

    /// Takes the socket out of the room, and the room away with the last one.
    pub(crate) fn leave(&self, room: &str, id: SocketId) {
        let mut rooms = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
        let Some(members) = rooms.get(room) else { return };
        let empty = members.write(|members| {
            members.remove(id);
            members.list.is_empty()
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

    /// Calls `each` once for each socket that the target names.
    pub(crate) fn walk(&self, target: &Target, each: impl FnMut(&Member)) {
        self.walk_places(target, &self.places(target), each);
    }

    /// The same when nobody else is sending to the rooms that the target names: what is sent to one room reaches all who
    /// are in it in the same order.
    pub(crate) fn walk_in_turn(&self, target: &Target, each: impl FnMut(&Member)) {
        if target.rooms.is_empty() {
            let _turn = self.all.turn();
            return self.walk_places(target, &[], each);
        }
        loop {
            let places = self.places(target);
            let mut rooms: Vec<&Arc<Room>> = places.iter().filter_map(Place::room).collect();
            // In an order that is the same for everybody, and each once.
            rooms.sort_by_key(|room| Arc::as_ptr(room));
            rooms.dedup_by_key(|room| Arc::as_ptr(room));
            let _turns: Vec<_> = rooms.iter().map(|room| room.turn()).collect();
            // Before it was our turn a room may have been emptied, and another one of its name made.
            if self.places(target) == places {
                return self.walk_places(target, &places, each);
            }
        }
    }

    fn places(&self, target: &Target) -> Vec<Place> {
        target.rooms.iter().filter_map(|name| self.place(name)).collect()
    }

    /// What is meant by the name of a room, if there is such a one.
    fn place(&self, name: &str) -> Option<Place> {
        if let Ok(id) = name.parse()
            && let Some(member) = self.all.read(|all| all.get(id).cloned())
        {
            return Some(Place::Socket(member));
        }
        self.rooms.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned().map(Place::Room)
    }

    /// Calls `each` once for each socket in these places that is not left out; for all if the target names no room.
    fn walk_places(&self, target: &Target, places: &[Place], mut each: impl FnMut(&Member)) {
        let mut except: HashSet<SocketId> = HashSet::new();
        for place in target.except.iter().filter_map(|name| self.place(name)) {
            place.visit(|member| {
                except.insert(member.id);
            });
        }
        let mut admit = |member: &Member| {
            if target.except_socket != Some(member.id) && (except.is_empty() || !except.contains(&member.id))
            {
                each(member);
            }
        };
        match places {
            [] if target.rooms.is_empty() => self.all.read(|all| all.list.iter().for_each(admit)),
            [place] => place.visit(admit),
            places => {
                let mut seen = HashSet::new();
                for place in places {
                    place.visit(|member| {
                        if seen.insert(member.id) {
                            admit(member);
                        }
                    });
                }
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

    fn visit(&self, mut each: impl FnMut(&Member)) {
        match self {
            // With no lock held, so that `each` may do what it likes.
            Self::Socket(member) => each(member),
            Self::Room(room) => room.read(|members| members.list.iter().for_each(each)),
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
