//! What all writers know.

use std::sync::{Arc, Mutex};

use chinwag_model::{
    Line, MessageText, Millis, Nonce, Rev, Role, RoomId, RoomName, SessionKey, UserId, UserName,
};
use chinwag_store::{Entry, NamedKind, NewRoom, NewSession, NewUser, Once, Store};
use chinwag_tests::random::Random;
use uuid::Uuid;

/// The hash of everybody's password.
pub(super) const HASH: &str = "$argon2id$…";
/// When no session has ended yet.
const FAR: i64 = 32_503_680_000_000;
/// Rooms that there are from the beginning: few, so that all meet in them.
const ROOMS: usize = 6;
/// Most rooms that there are to be.
pub(super) const MOST_ROOMS: usize = 24;

/// Who and what there is.
pub(super) struct World {
    /// Everybody who ever had an account.
    pub(super) people: Mutex<Vec<UserId>>,
    /// Of the writers, who they are now, by their number.
    pub(super) writers: Mutex<Vec<UserId>>,
    pub(super) rooms: Mutex<Vec<RoomId>>,
    /// Sessions that were begun.
    pub(super) sessions: Mutex<Vec<SessionKey>>,
    pub(super) invitations: Mutex<Vec<(Uuid, SessionKey)>>,
}

/// A message that somebody was told to be stored.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) room: RoomId,
    pub(super) seq: Rev,
    pub(super) author: UserId,
    pub(super) text: String,
}

impl World {
    /// Accounts for all writers, of whom the first keep order, and some rooms.
    pub(super) async fn begin(store: &dyn Store, writers: usize) -> Arc<Self> {
        let mut people = Vec::new();
        for number in 0..writers {
            let role = match number {
                0..2 => Role::Owner,
                2..5 => Role::Administrator,
                5..9 => Role::Moderator,
                _ => Role::Member,
            };
            people.push(account(store, &format!("Writer {number}"), role).await);
        }
        let mut rooms = Vec::new();
        for (number, maker) in people.iter().take(ROOMS).enumerate() {
            let room = new_room(&format!("room {number}"), *maker, NamedKind::Open);
            rooms.push(store.create_room(room, None).await.unwrap().room.id);
        }
        Arc::new(Self {
            writers: Mutex::new(people.clone()),
            people: Mutex::new(people),
            rooms: Mutex::new(rooms),
            sessions: Mutex::default(),
            invitations: Mutex::default(),
        })
    }
}

async fn account(store: &dyn Store, name: &str, role: Role) -> UserId {
    let user = NewUser { role, ..new_user(name, Entry::Operator) };
    store.create_user(user).await.unwrap().id
}

pub(super) fn new_user(name: &str, entry: Entry) -> NewUser {
    NewUser {
        id: UserId(Uuid::now_v7()),
        name: UserName::parse(name).unwrap(),
        password_hash: Some(HASH.to_owned()),
        identity: None,
        role: Role::Member,
        entry,
        session: None,
    }
}

pub(super) fn new_room(name: &str, maker: UserId, kind: NamedKind) -> NewRoom {
    NewRoom { id: RoomId(Uuid::now_v7()), name: RoomName::parse(name).unwrap(), kind, maker }
}

/// A session; now and then one whose time is over at once, to be swept.
pub(super) fn new_session(random: &mut Random) -> NewSession {
    let expires_at = if random.below(4) == 0 { 1 } else { FAR };
    NewSession {
        key: key(),
        expires_at: Millis(expires_at),
        ends_at: Millis(FAR),
        device: "Firefox on Linux".to_owned(),
        address: "192.0.2.1".to_owned(),
    }
}

/// A key that nothing else has.
pub(super) fn key() -> SessionKey {
    let mut key = [0; 32];
    key[..16].copy_from_slice(Uuid::new_v4().as_bytes());
    key[16..].copy_from_slice(Uuid::new_v4().as_bytes());
    SessionKey(key)
}

pub(super) fn line(text: &str) -> Line {
    Line::note(text).unwrap()
}

pub(super) fn text(text: &str) -> MessageText {
    MessageText::parse(text.to_owned()).unwrap()
}

/// A command that is asked for once, or again.
pub(super) fn once(nonce: &str) -> Once {
    Once::new(Nonce::parse(nonce.to_owned()).unwrap(), &[nonce.as_bytes()])
}

pub(super) fn far() -> Millis {
    Millis(FAR)
}
