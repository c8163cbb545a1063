//! Rooms and memberships.

use async_trait::async_trait;
use chinwag_model::{
    Cursor, Days, Member, MemberRole, Message, Rev, Room, RoomId, RoomKind, RoomName, User, UserId,
};

use crate::{Once, Result};

/// Most rooms that one person may be in.
pub const ROOMS_PER_USER: usize = 1_000;

/// A room to be made.
#[derive(Clone, Debug)]
pub struct NewRoom {
    /// Fresh.
    pub id: RoomId,
    /// Must not look like another's.
    pub name: RoomName,
    /// Whether everybody may join.
    pub kind: NamedKind,
    /// Who makes it, and becomes its owner.
    pub maker: UserId,
}

/// The kinds of rooms that have names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NamedKind {
    /// Everybody may join.
    #[default]
    Open,
    /// Whoever is brought in.
    Closed,
}

impl From<NamedKind> for RoomKind {
    fn from(kind: NamedKind) -> Self {
        match kind {
            NamedKind::Open => Self::Open,
            NamedKind::Closed => Self::Closed,
        }
    }
}

/// A room, after a command that led into it.
#[derive(Clone, Debug)]
pub struct InRoom {
    /// The room.
    pub room: Room,
    /// The revision of the room's stream at which the membership began.
    pub rev: Rev,
}

/// A room that somebody is in.
#[derive(Clone, Debug)]
pub struct MyRoom {
    /// The room.
    pub room: Room,
    /// One's role in it.
    pub role: MemberRole,
    /// The head of its stream.
    pub head: Rev,
}

/// Somebody's own picture, from one snapshot.
#[derive(Clone, Debug)]
pub struct Me {
    /// Of the user's stream.
    pub cursor: Cursor,
    /// As they are now.
    pub user: User,
    /// The rooms that they are in, by name.
    pub rooms: Vec<MyRoom>,
}

/// A room in the list of open rooms.
#[derive(Clone, Debug)]
pub struct ListedRoom {
    /// The room.
    pub room: Room,
    /// How many members it has.
    pub members: u64,
    /// Whether the asker is one.
    pub joined: bool,
}

/// A page of the list of open rooms, from one snapshot.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Of the workspace's stream.
    pub cursor: Cursor,
    /// By name.
    pub rooms: Vec<ListedRoom>,
    /// Whether there are more after these.
    pub more: bool,
}

/// A page of a room's history, from one snapshot.
#[derive(Clone, Debug)]
pub struct RoomPage {
    /// Of the room's stream.
    pub cursor: Cursor,
    /// The room.
    pub room: Room,
    /// The asker's role in it.
    pub role: MemberRole,
    /// How many members it has.
    pub members: u64,
    /// Oldest first.
    pub messages: Vec<Message>,
    /// Whether there are older ones.
    pub more: bool,
}

/// A page of a room's members.
#[derive(Clone, Debug)]
pub struct Members {
    /// By id.
    pub members: Vec<Member>,
    /// Whether there are more after these.
    pub more: bool,
}

/// Rooms and memberships. Whoever may not read a room gets `room_unknown` or `not_a_member`.
#[async_trait]
pub trait Rooms {
    /// Makes an open or a closed room.
    ///
    /// # Errors
    /// `name_taken`, `too_many_rooms`, `muted`, `forbidden`, `nonce_reused`.
    async fn create_room(&self, room: NewRoom, once: Option<Once>) -> Result<InRoom>;

    /// Opens the direct conversation between `user` and `others`: the one that there is, in which everybody is again, or a
    /// new one with the id `fresh`.
    ///
    /// # Errors
    /// `people_invalid`, `user_unknown`, `too_many_rooms`, `muted`, `forbidden`, `nonce_reused`.
    async fn open_direct(
        &self,
        fresh: RoomId,
        user: UserId,
        others: Vec<UserId>,
        once: Option<Once>,
    ) -> Result<InRoom>;

    /// Makes oneself a member of an open room. Whoever is one already stays one.
    ///
    /// # Errors
    /// `room_unknown`, `too_many_rooms`, `nonce_reused`.
    async fn join(&self, room: RoomId, user: UserId, once: Option<Once>) -> Result<InRoom>;

    /// Ends one's own membership.
    ///
    /// # Errors
    /// `room_unknown`, `not_a_member`, `nonce_reused`.
    async fn leave(&self, room: RoomId, user: UserId, once: Option<Once>) -> Result<Rev>;

    /// Ends another's membership.
    ///
    /// # Errors
    /// `room_unknown`, `not_a_member`, `forbidden`, `user_unknown`, `nonce_reused`.
    async fn remove(&self, room: RoomId, user: UserId, by: UserId, once: Option<Once>) -> Result<Rev>;

    /// Brings somebody in who has an account. Whoever is in already stays as they are.
    ///
    /// # Errors
    /// `room_unknown`, `not_a_member`, `forbidden`, `user_unknown`, `too_many_rooms`, `nonce_reused`.
    async fn add(&self, room: RoomId, user: UserId, by: UserId, once: Option<Once>) -> Result<Rev>;

    /// Makes a member an owner of the room, or an owner a member.
    ///
    /// # Errors
    /// `room_unknown`, `not_a_member`, `forbidden`, `user_unknown`, `nonce_reused`.
    async fn set_room_role(
        &self,
        room: RoomId,
        user: UserId,
        role: MemberRole,
        by: UserId,
        once: Option<Once>,
    ) -> Result<Rev>;

    /// Gives a room another name.
    ///
    /// # Errors
    /// `room_unknown`, `not_a_member`, `forbidden`, `muted`, `name_taken`, `nonce_reused`.
    async fn rename_room(&self, room: RoomId, name: RoomName, by: UserId, once: Option<Once>) -> Result<Rev>;

    /// Sets for how long a room keeps its messages; `None`: for ever. A line in its history tells its members. What removes
    /// more than before holds [`NOTICE`](chinwag_model::retention::NOTICE) later, and everything else at once; what was told
    /// before and does not hold yet is taken back. Where that changes nothing, the answer is where its data last changed.
    ///
    /// # Errors
    /// `room_unknown`, `not_a_member`, `forbidden`, `muted`, `nonce_reused`.
    async fn set_retention(
        &self,
        room: RoomId,
        days: Option<Days>,
        by: UserId,
        once: Option<Once>,
    ) -> Result<Rev>;

    /// Somebody's own picture.
    ///
    /// # Errors
    /// `user_unknown`.
    async fn me(&self, user: UserId) -> Result<Me>;

    /// Open rooms by name, after the room `after`.
    ///
    /// # Errors
    /// `room_unknown` if `after` is not a room.
    async fn workspace_page(&self, user: UserId, after: Option<RoomId>, limit: usize) -> Result<Workspace>;

    /// The newest messages of a room, or the newest before `before`.
    async fn room_page(
        &self,
        room: RoomId,
        user: UserId,
        before: Option<Rev>,
        limit: usize,
    ) -> Result<RoomPage>;

    /// Members by id, after `after`.
    async fn members(
        &self,
        room: RoomId,
        user: UserId,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Members>;
}
