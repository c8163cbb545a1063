//! What every back end must do, whatever it is made of. A back end's own test file calls [`run`] with a way to make an
//! empty store.

pub mod accounts;
pub mod messages;
pub mod people;
pub mod rooms;
pub mod sessions;
pub mod streams;
pub mod workspace;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chinwag_model::change::State;
use chinwag_model::{
    Change, Cursor, MessageText, Nonce, Refusal, Rev, Role, RoomId, RoomName, StreamId, User, UserId,
    UserName,
};
use chinwag_store::feed::FeedReceiver;
use chinwag_store::{
    Caught, Entry, NamedKind, NewRoom, NewUser, Once, Post, Posted, Result, Store, StoreError,
};
use futures_util::StreamExt;
use uuid::Uuid;

/// The hash of everybody's password.
pub const HASH: &str = "$argon2id$…";

/// A store under test, with its feed read beside it.
pub struct Subject {
    pub store: Arc<dyn Store>,
    pub feed: Vec<FeedReceiver>,
}

impl Subject {
    pub fn new(store: Arc<dyn Store>) -> Self {
        let feed = store.take_feed().expect("the feed is given once");
        Self { store, feed }
    }

    /// Makes an account.
    pub async fn user(&self, name: &str) -> User {
        self.try_user(name, Role::Member).await.unwrap()
    }

    pub async fn try_user(&self, name: &str, role: Role) -> Result<User> {
        self.store
            .create_user(NewUser {
                id: UserId(Uuid::now_v7()),
                name: UserName::parse(name).unwrap(),
                password_hash: (role != Role::Guest).then(|| HASH.into()),
                role,
                entry: Entry::Free,
                session: None,
            })
            .await
    }

    /// Makes a room with this maker.
    pub async fn room(&self, name: &str, maker: &User) -> RoomId {
        self.try_room(name, maker, None).await.unwrap()
    }

    pub async fn try_room(&self, name: &str, maker: &User, once: Option<Once>) -> Result<RoomId> {
        self.store.create_room(new_room(name, NamedKind::Open, maker), once).await.map(|made| made.room.id)
    }

    /// Makes a closed room with this maker.
    pub async fn closed_room(&self, name: &str, maker: &User) -> RoomId {
        self.store.create_room(new_room(name, NamedKind::Closed, maker), None).await.unwrap().room.id
    }

    /// Posts with a fresh nonce.
    pub async fn post(&self, room: RoomId, author: &User, text: &str) -> Rev {
        self.try_post(room, author, text, &Uuid::new_v4().to_string()).await.unwrap().seq
    }

    pub async fn try_post(&self, room: RoomId, author: &User, text: &str, nonce: &str) -> Result<Posted> {
        self.store.post(post(room, author, text, nonce)).await
    }

    pub async fn head(&self, stream: impl Into<StreamId>) -> Rev {
        self.store.heads(vec![stream.into()]).await.unwrap()[0]
    }

    pub fn cursor(&self, rev: u64) -> Cursor {
        Cursor { epoch: self.store.epoch(), rev: Rev(rev) }
    }

    /// What one stream has after a cursor.
    pub async fn caught(&self, user: &User, stream: impl Into<StreamId>, rev: u64) -> Option<Caught> {
        let caught = self.store.sync(user.id, vec![(stream.into(), self.cursor(rev))]).await.unwrap();
        caught.streams.into_iter().next().map(|(_, caught)| caught)
    }

    /// Everything that the feed has not told yet of a stream, up to its head.
    pub async fn told(&mut self, stream: impl Into<StreamId>) -> Vec<Change> {
        let stream = stream.into();
        let head = self.head(stream).await;
        let mut told: Vec<Change> = Vec::new();
        let shards = futures_util::stream::iter(&mut self.feed)
            .map(|shard| futures_util::stream::poll_fn(|context| shard.poll_recv(context)))
            .flatten_unordered(None);
        let mut shards = std::pin::pin!(shards);
        while told.last().is_none_or(|change| change.rev < head) {
            let next = tokio::time::timeout(DEADLINE, shards.next()).await;
            let changes = next.expect("the feed tells what was committed").expect("the feed goes on");
            if changes.stream == stream {
                assert_eq!(told.last().map_or(changes.from, |change| change.rev), changes.from, "no hole");
                told.extend(changes.changes);
            }
        }
        told
    }
}

fn new_room(name: &str, kind: NamedKind, maker: &User) -> NewRoom {
    NewRoom { id: RoomId(Uuid::now_v7()), name: RoomName::parse(name).unwrap(), kind, maker: maker.id }
}

/// How long the feed may take to tell what was committed.
const DEADLINE: Duration = Duration::from_secs(10);

pub fn post(room: RoomId, author: &User, text: &str, nonce: &str) -> Post {
    let once = once(nonce, text);
    Post { room, author: author.id, text: MessageText::parse(text.into()).unwrap(), once }
}

pub fn once(nonce: &str, body: &str) -> Once {
    Once::new(Nonce::parse(nonce.into()).unwrap(), &[b"test", body.as_bytes()])
}

/// The refusal that something must be.
#[track_caller]
pub fn refused<T: std::fmt::Debug>(answer: Result<T>) -> Refusal {
    match answer {
        Err(StoreError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// A picture of a room as a client builds it: messages by seq, members by id.
#[derive(Debug, Default, PartialEq)]
pub struct Picture {
    pub messages: BTreeMap<Rev, chinwag_model::Message>,
    pub members: BTreeMap<UserId, chinwag_model::Member>,
}

impl Picture {
    pub fn apply(&mut self, change: Change) {
        match change.state {
            State::Message(message) => {
                self.messages.insert(message.seq, message);
            }
            State::Member(member) => {
                self.members.insert(member.person.id, member);
            }
            State::MemberGone(user) => {
                self.members.remove(&user);
            }
            State::Room(_) | State::Membership { .. } | State::MembershipGone { .. } | State::Person(_) => {}
        }
    }

    /// Loads it afresh, page by page.
    pub async fn load(subject: &Subject, room: RoomId, user: &User) -> Self {
        let mut picture = Self::default();
        let mut before = None;
        loop {
            let page = subject.store.room_page(room, user.id, before, 7).await.unwrap();
            before = page.messages.first().map(|message| message.seq);
            picture.messages.extend(page.messages.into_iter().map(|message| (message.seq, message)));
            if !page.more {
                break;
            }
        }
        let mut after = None;
        loop {
            let page = subject.store.members(room, user.id, after, 3).await.unwrap();
            after = page.members.last().map(|member| member.person.id);
            picture.members.extend(page.members.into_iter().map(|member| (member.person.id, member)));
            if !page.more {
                return picture;
            }
        }
    }
}
