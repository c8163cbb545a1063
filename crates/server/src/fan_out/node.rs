//! The node's fan-out: one task that knows which streams its sockets follow and up to where each is delivered.
//!
//! It takes requests and deliveries one after the other, so that "who may hear this" and "this" never race. Memberships
//! come from the store, never from what was delivered; a removal acts at once, before anything later of the room is sent.

use std::collections::HashMap;
use std::sync::Arc;

use chinwag_live::{Delivery, Live};
use chinwag_model::{Epoch, Person, Rev, RoomId, StreamId, UserId};
use chinwag_socketio::{Broadcast, Socket, SocketId, SocketIo};
use chinwag_store::Store;
use futures_util::future::join_all;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::deliver::send;
use super::encode::envelope;
use super::holes::{Asked, Behind, COMPARE_AGAIN, Compared, Missing};
use super::hub::{Request, Requests};
use super::memberships::{Memberships, Unread};
use super::pace::Pace;
use super::waiting::Waiting;
use super::{NAMESPACE, stream_room, user_room};
use crate::metrics::Metrics;

/// Most deliveries or requests that are taken at once.
const AT_ONCE: usize = 256;

/// The task's state.
pub(crate) struct Node {
    pub(super) store: Arc<dyn Store>,
    live: Arc<dyn Live>,
    /// Whether others are heard by comparing heads alone.
    pub(super) suspect: watch::Receiver<bool>,
    io: SocketIo,
    pub(super) metrics: Metrics,
    pub(super) people: HashMap<UserId, Local>,
    pub(super) streams: HashMap<StreamId, Stream>,
    /// Streams of which something is known to be missing. Normally empty.
    pub(super) behind: HashMap<StreamId, Behind>,
    /// What has come and is not to go out yet.
    pub(super) waiting: Waiting,
    /// When what waits is to go out.
    pub(super) pace: Pace,
    pub(super) unread: Unread,
}

/// Somebody with sockets on this node. All of their sockets are in all of their rooms.
pub(super) struct Local {
    pub(super) person: Arc<Person>,
    pub(super) sockets: Vec<Socket>,
    /// With the revision at which each membership began.
    pub(super) rooms: HashMap<RoomId, Rev>,
}

/// The head of a stream as the store has it.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) id: StreamId,
    pub(super) epoch: Epoch,
    pub(super) rev: Rev,
}

/// A stream that this node follows.
pub(super) struct Stream {
    /// The epoch of its revisions.
    pub(super) epoch: Epoch,
    /// Up to here everything was delivered.
    pub(super) rev: Rev,
    /// How many people here follow it.
    pub(super) followers: usize,
}

impl Node {
    /// A node without sockets.
    pub(crate) fn new(store: Arc<dyn Store>, live: Arc<dyn Live>, io: SocketIo, metrics: Metrics) -> Self {
        let (people, streams, behind) = (HashMap::new(), HashMap::new(), HashMap::new());
        let (waiting, pace, unread) = (Waiting::default(), Pace::default(), Unread::default());
        let suspect = live.suspect();
        Self { store, live, suspect, io, metrics, people, streams, behind, waiting, pace, unread }
    }

    /// Works until nobody can ask any more.
    pub(crate) async fn run(mut self, mut requests: Requests, mut inbox: mpsc::Receiver<Delivery>) {
        let mut compare = self.comparing();
        let mut suspect = self.suspect.clone();
        let mut heads: Asked<Vec<Compared>> = None;
        let mut heads_asked = Instant::now();
        let mut missing: Asked<Missing> = None;
        let mut asked = Vec::with_capacity(AT_ONCE);
        let mut delivered = Vec::with_capacity(AT_ONCE);
        loop {
            let repair = if missing.is_none() { self.next_repair() } else { None };
            let reading = self.next_reading();
            let rested = self.pace.next();
            tokio::select! {
                count = inbox.recv_many(&mut delivered, AT_ONCE) => {
                    if count == 0 {
                        return;
                    }
                    for delivery in delivered.drain(..) {
                        if self.is_to_compare(&delivery) {
                            compare.reset_at(Instant::now().max(heads_asked + COMPARE_AGAIN));
                        }
                        self.deliver(delivery).await;
                    }
                    self.go_on().await;
                }
                count = requests.0.recv_many(&mut asked, AT_ONCE) => {
                    if count == 0 {
                        return;
                    }
                    self.answer(&mut asked).await;
                }
                () = sleep_until(rested), if rested.is_some() => self.go_on().await,
                () = sleep_until(repair), if repair.is_some() => missing = self.ask_for_missing(),
                found = answer(&mut missing) => self.fill(found).await,
                () = sleep_until(reading), if reading.is_some() => self.read_again().await,
                Ok(()) = suspect.changed() => compare = self.comparing(),
                _ = compare.tick(), if heads.is_none() => {
                    heads_asked = Instant::now();
                    heads = self.ask_for_heads();
                }
                known = answer(&mut heads) => self.compare_heads(known),
            }
            self.metrics.people_online.set(gauge(self.people.len()));
            self.metrics.streams.set(gauge(self.streams.len()));
        }
    }

    /// When heads are compared: now, and then again and again.
    fn comparing(&self) -> Interval {
        let mut compare = tokio::time::interval(self.compare_every());
        compare.set_missed_tick_behavior(MissedTickBehavior::Delay);
        compare
    }

    pub(super) fn to(&self, room: String) -> Broadcast {
        self.io.of(NAMESPACE).to(room)
    }

    // === Requests ===

    async fn answer(&mut self, asked: &mut Vec<Request>) {
        // One question to the store for everybody whose memberships must be known.
        let leaving = asked.iter().any(|request| matches!(request, Request::Unseat { .. }));
        let mut users: Vec<UserId> = asked
            .iter()
            .filter_map(|request| match request {
                // Somebody who is here now may be gone when their turn comes.
                Request::Seat { person, .. } if leaving || !self.people.contains_key(&person.id) => {
                    Some(person.id)
                }
                Request::Follow { user, .. } => Some(*user),
                _ => None,
            })
            .collect();
        users.sort_unstable();
        users.dedup();
        let known = self.memberships(users).await;
        for request in asked.drain(..) {
            match request {
                Request::Seat { socket, person, done } => {
                    let seated = self.seat(socket, &person, known.as_ref()).await;
                    // The socket's handler may be gone; the socket is unseated by its end.
                    let _ = done.send(seated);
                }
                Request::Unseat { socket, user } => self.unseat(socket, user).await,
                Request::Follow { user, done } => {
                    match &known {
                        Some(memberships) => self.reconcile(user, memberships).await,
                        None => self.has_not_read(user),
                    }
                    // Whoever asked may be gone.
                    let _ = done.send(());
                }
            }
        }
    }

    async fn seat(&mut self, socket: Socket, person: &Arc<Person>, known: Option<&Memberships>) -> bool {
        if !self.people.contains_key(&person.id) {
            let Some(memberships) = known else { return false };
            let Some(followed) = memberships.of.get(&person.id) else { return false };
            let workspace = self.store.workspace();
            let Some(head) = self.workspace_head(workspace).await else { return false };
            let local = Local { person: Arc::clone(person), sockets: Vec::new(), rooms: HashMap::new() };
            self.people.insert(person.id, local);
            let own = Head { id: person.id.into(), epoch: memberships.epoch, rev: followed.own };
            self.subscribe(&[own, head]).await;
            self.enter(workspace, person).await;
            self.reconcile(person.id, memberships).await;
        }
        let Some(local) = self.people.get_mut(&person.id) else { return false };
        socket.join(user_room(person.id));
        socket.join(stream_room(self.store.workspace()));
        for room in local.rooms.keys() {
            socket.join(stream_room((*room).into()));
        }
        local.sockets.push(socket);
        true
    }

    /// The head of the workspace's stream; known if the node follows it already.
    async fn workspace_head(&self, id: StreamId) -> Option<Head> {
        if let Some(Stream { epoch, rev, .. }) = self.streams.get(&id) {
            return Some(Head { id, epoch: *epoch, rev: *rev });
        }
        let (epoch, heads) = self.store.heads(vec![id]).await.ok()?;
        Some(Head { id, epoch, rev: *heads.first()? })
    }

    async fn unseat(&mut self, socket: SocketId, user: UserId) {
        let Some(local) = self.people.get_mut(&user) else { return };
        local.sockets.retain(|seated| seated.id() != socket);
        if !local.sockets.is_empty() {
            return;
        }
        let Some(local) = self.people.remove(&user) else { return };
        let workspace = self.store.workspace();
        for room in local.rooms.into_keys() {
            self.leave(room.into(), user).await;
            self.unsubscribe(room.into()).await;
        }
        self.leave(workspace, user).await;
        self.unsubscribe(workspace).await;
        self.unsubscribe(user.into()).await;
    }

    /// Tells those in a room of sockets from where on they hear a stream. Who loaded it before this node knew of their
    /// membership, and missed what was said in between, sees the hole now and not when something more is said.
    pub(super) fn mark(&self, id: StreamId, room: String) {
        let Some(Stream { epoch, rev, .. }) = self.streams.get(&id) else { return };
        let marked = match envelope(*epoch, id, *rev, *rev, &[]) {
            Ok(mark) => send(&self.to(room), "stream:changes", &mark.payload),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = marked {
            tracing::error!(error, stream = %id, "where a stream stands could not be told");
        }
    }

    // === Streams ===

    /// One more follows each of these streams. Their heads were read before; whatever came since will be delivered or found
    /// missing. They are asked for all at once: other nodes are waited for once.
    pub(super) async fn subscribe(&mut self, heads: &[Head]) {
        let mut new = Vec::new();
        for &Head { id, epoch, rev } in heads {
            match self.streams.get_mut(&id) {
                Some(stream) => stream.followers += 1,
                None => {
                    self.streams.insert(id, Stream { epoch, rev, followers: 1 });
                    new.push((id, rev));
                }
            }
        }
        let missed = join_all(new.iter().map(|(id, _)| self.live.subscribe(*id))).await;
        for ((id, head), missed) in new.into_iter().zip(missed) {
            let missed = missed.unwrap_or_else(|error| {
                tracing::warn!(%error, "a stream could not be subscribed to; its head will be compared");
                true
            });
            if missed {
                self.misses(id, head);
            }
        }
    }

    pub(super) async fn unsubscribe(&mut self, id: StreamId) {
        if let Some(stream) = self.streams.get_mut(&id) {
            stream.followers -= 1;
            if stream.followers == 0 {
                self.streams.remove(&id);
                self.behind.remove(&id);
                self.waiting.forget(id);
                self.live.unsubscribe(id).await;
            }
        }
    }

    pub(super) async fn enter(&self, place: StreamId, person: &Arc<Person>) {
        if let Err(error) = self.live.enter(place, person).await {
            tracing::debug!(%error, "presence could not be told");
        }
    }

    pub(super) async fn leave(&self, place: StreamId, user: UserId) {
        if let Err(error) = self.live.leave(place, user).await {
            tracing::debug!(%error, "presence could not be told");
        }
    }
}

/// What the store answers, once; never if it was not asked.
async fn answer<T>(asked: &mut Asked<T>) -> T {
    let Some(question) = asked else { return std::future::pending().await };
    let answer = question.await;
    *asked = None;
    answer
}

async fn sleep_until(due: Option<Instant>) {
    if let Some(due) = due {
        tokio::time::sleep_until(due).await;
    }
}

fn gauge(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
