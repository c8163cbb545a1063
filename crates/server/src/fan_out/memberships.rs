//! Who follows what: people's memberships as they are in the store, and the sockets' rooms that follow from them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chinwag_model::{Epoch, RoomId, UserId};
use chinwag_store::{Followed, FollowedRoom};
use tokio::time::Instant;

use super::node::{Head, Node};
use super::{AGAIN, stream_room, user_room};

/// What people follow, all from one snapshot of the store.
pub(super) struct Memberships {
    /// The epoch of its revisions.
    pub(super) epoch: Epoch,
    pub(super) of: HashMap<UserId, Followed>,
}

/// People whose memberships changed and could not be read. Normally empty.
#[derive(Default)]
pub(super) struct Unread {
    users: HashSet<UserId>,
    due: Option<Instant>,
}

impl Node {
    /// Whether somebody has sockets here.
    pub(super) fn is_here(&self, user: UserId) -> bool {
        self.people.contains_key(&user)
    }

    /// What these users follow; `None` if the store cannot be asked.
    pub(super) async fn memberships(&self, users: Vec<UserId>) -> Option<Memberships> {
        if users.is_empty() {
            return Some(Memberships { epoch: self.store.epoch(), of: HashMap::new() });
        }
        match self.store.followed(users.clone()).await {
            Ok((epoch, followed)) => {
                Some(Memberships { epoch, of: users.into_iter().zip(followed).collect() })
            }
            Err(error) => {
                tracing::error!(%error, "memberships could not be read");
                None
            }
        }
    }

    /// Lets a user's sockets be in exactly the rooms that they are members of.
    pub(super) async fn reconcile(&mut self, user: UserId, memberships: &Memberships) {
        let Some(followed) = memberships.of.get(&user) else { return };
        let Some(local) = self.people.get_mut(&user) else { return };
        let now: HashSet<RoomId> = followed.rooms.iter().map(|followed| followed.room).collect();
        let gone: Vec<RoomId> = local.rooms.keys().filter(|room| !now.contains(room)).copied().collect();
        let mut new = Vec::new();
        for followed in &followed.rooms {
            match local.rooms.get_mut(&followed.room) {
                Some(since) => *since = followed.since,
                None => new.push(*followed),
            }
        }
        for room in gone {
            self.go(room, user).await;
        }
        let heads = new.iter().map(|followed| Head {
            id: followed.room.into(),
            epoch: memberships.epoch,
            rev: followed.head,
        });
        self.subscribe(&heads.collect::<Vec<_>>()).await;
        for followed in new {
            self.come(followed, user).await;
        }
    }

    /// Somebody here is a member of a room, whose stream is subscribed to.
    async fn come(&mut self, FollowedRoom { room, since, .. }: FollowedRoom, user: UserId) {
        let Some(local) = self.people.get_mut(&user) else { return };
        local.rooms.insert(room, since);
        for socket in &local.sockets {
            socket.join(stream_room(room.into()));
        }
        let person = Arc::clone(&local.person);
        if !local.sockets.is_empty() {
            self.mark(room.into(), user_room(user));
        }
        self.enter(room.into(), &person).await;
    }

    /// Somebody here is not a member of a room any more.
    pub(super) async fn go(&mut self, room: RoomId, user: UserId) {
        let Some(local) = self.people.get_mut(&user) else { return };
        if local.rooms.remove(&room).is_none() {
            return;
        }
        for socket in &local.sockets {
            socket.leave(stream_room(room.into()));
        }
        self.leave(room.into(), user).await;
        self.unsubscribe(room.into()).await;
    }

    /// Somebody's memberships have changed and could not be read.
    pub(super) fn has_not_read(&mut self, user: UserId) {
        self.unread.users.insert(user);
        self.unread.due.get_or_insert(Instant::now() + AGAIN);
    }

    /// Somebody's memberships may be others than those that are known.
    pub(super) fn is_to_read(&mut self, user: UserId) {
        if self.is_here(user) {
            self.unread.users.insert(user);
            self.unread.due = Some(Instant::now());
        }
    }

    /// When memberships are to be read that could not be read.
    pub(super) fn next_reading(&self) -> Option<Instant> {
        self.unread.due
    }

    /// Reads them. Until that succeeds those people's sockets follow the rooms of before, which what is delivered to them
    /// would never tell.
    pub(super) async fn read_again(&mut self) {
        let Unread { users, .. } = std::mem::take(&mut self.unread);
        let users: Vec<UserId> = users.into_iter().filter(|user| self.is_here(*user)).collect();
        match self.memberships(users.clone()).await {
            Some(known) => {
                for user in users {
                    self.reconcile(user, &known).await;
                }
            }
            None => users.into_iter().for_each(|user| self.has_not_read(user)),
        }
    }
}
