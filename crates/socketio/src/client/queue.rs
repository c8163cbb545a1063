//! What came and waits for its turn.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::close::DisconnectReason;
use crate::socket::Socket;
use crate::socket_io::Arguments;
use crate::spaces::Door;

/// What a queued item costs beside its bytes, about.
const OVERHEAD: usize = 128;

/// Something that waits for its turn.
pub(super) enum Item {
    Connect(Door, Option<Bytes>),
    Unknown(Bytes),
    Event(Bytes, EventParts),
    TooDeep(Bytes, Option<u64>),
    Disconnect(Bytes),
    Ended(Socket, DisconnectReason),
}

pub(super) struct EventParts {
    pub(super) name: Bytes,
    pub(super) arguments: Arguments,
    pub(super) ack: Option<u64>,
}

impl Item {
    fn size(&self) -> usize {
        OVERHEAD
            + match self {
                Self::Connect(door, auth) => door.name().len() + auth.as_ref().map_or(0, Bytes::len),
                Self::Event(namespace, parts) => namespace.len() + parts.arguments.size(),
                Self::Unknown(name) | Self::TooDeep(name, _) | Self::Disconnect(name) => name.len(),
                Self::Ended(..) => 0,
            }
    }
}

/// Items in the order in which they came. It is not read from the client while there are too many.
#[derive(Default)]
pub(super) struct Queue {
    items: VecDeque<Item>,
    bytes: usize,
}

impl Queue {
    pub(super) fn push(&mut self, item: Item) {
        self.bytes += item.size();
        self.items.push_back(item);
    }

    pub(super) fn pop(&mut self) -> Option<Item> {
        let item = self.items.pop_front()?;
        self.bytes = self.bytes.saturating_sub(item.size());
        if self.items.is_empty() {
            // Idle connections keep no queue.
            self.items = VecDeque::new();
        }
        Some(item)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether it is asked for a namespace, after all else that is to be done with it; `None` if it is not left either.
    pub(super) fn asks_for(&self, name: &str) -> Option<bool> {
        self.items.iter().rev().find_map(|item| match item {
            Item::Connect(door, _) if **door.name() == *name => Some(true),
            Item::Disconnect(left) if *left == *name.as_bytes() => Some(false),
            _ => None,
        })
    }

    /// Adds an item that goes before all others.
    pub(super) fn push_first(&mut self, item: Item) {
        self.bytes += item.size();
        self.items.push_front(item);
    }

    /// Takes the end of this socket out. Returns whether it was waiting.
    pub(super) fn forget_end(&mut self, socket: &Socket) -> bool {
        let is_its_end = |item: &Item| matches!(item, Item::Ended(ended, _) if ended == socket);
        let Some(place) = self.items.iter().position(is_its_end) else { return false };
        let item = self.items.remove(place);
        self.bytes = self.bytes.saturating_sub(item.map_or(0, |item| item.size()));
        true
    }

    /// Whether there are so many items, or bytes.
    pub(super) fn holds(&self, items: usize, bytes: usize) -> bool {
        self.items.len() >= items || self.bytes >= bytes
    }
}
