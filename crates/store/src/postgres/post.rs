//! Posting: what waits for one room is one transaction, and so is what waits for many rooms while others are written.
//!
//! A transaction takes two round trips to PostgreSQL, whatever the number of messages: the first locks the streams of the
//! rooms and reads what is decided by, the second writes everything and commits. While there is little to do each room has
//! a transaction of its own. When all [`LANES`] are busy, rooms queue, and the next transaction takes all that wait: the
//! busier it gets, the less a message costs. A room that is locked by another node must not hold up the others: it is left
//! out, and waits for its lock alone.

mod decide;
mod transaction;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chinwag_model::RoomId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio_util::task::TaskTracker;

use self::transaction::Outcome;
use super::carry_out::Ground;
use crate::{Post, Posted, Result, StoreError};

/// Most transactions that post at the same time.
const LANES: usize = 4;
/// Most messages in one transaction.
const BATCH: usize = 256;
/// Most messages that may wait, over all rooms.
const WAITING: usize = 8_192;

/// What waits to be posted.
pub(super) struct Posts {
    ground: Arc<Ground>,
    queue: Mutex<Queue>,
    places: Arc<Semaphore>,
    tasks: TaskTracker,
}

#[derive(Default)]
struct Queue {
    /// Rooms in which something waits or is being posted.
    rooms: HashMap<RoomId, Room>,
    /// Those that are to be posted to next, each once.
    ready: VecDeque<RoomId>,
    /// How many lanes work.
    lanes: usize,
}

#[derive(Default)]
struct Room {
    waiting: VecDeque<Waiting>,
    /// It was locked elsewhere: it has to wait for that, by itself.
    alone: bool,
}

/// A message that waits.
pub(super) struct Waiting {
    post: Post,
    reply: oneshot::Sender<Result<Posted>>,
    _place: OwnedSemaphorePermit,
}

impl Waiting {
    fn answer(self, answer: Result<Posted>) {
        // Nobody to answer: the asker is gone.
        let _ = self.reply.send(answer);
    }
}

/// What one transaction is to post: some messages each to some rooms.
pub(super) struct Batch {
    rooms: Vec<(RoomId, Vec<Waiting>)>,
    /// It waits for locks; others leave out what is locked.
    waits: bool,
}

impl Posts {
    pub(super) fn new(ground: Arc<Ground>) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(WAITING));
        Arc::new(Self { ground, queue: Mutex::default(), places, tasks: TaskTracker::new() })
    }

    /// Posts a message. Once it waits it is carried out whether or not anybody waits for it.
    pub(super) async fn post(self: &Arc<Self>, post: Post) -> Result<Posted> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| StoreError::Busy)?;
        let (reply, answer) = oneshot::channel();
        {
            let mut queue = self.queue();
            if self.tasks.is_closed() {
                return Err(StoreError::Busy);
            }
            queue.add(Waiting { post, reply, _place: place });
            if queue.lanes < LANES && !queue.ready.is_empty() {
                queue.lanes += 1;
                let posts = Arc::clone(self);
                self.tasks.spawn_on(async move { posts.work().await }, &self.ground.runtime);
            }
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::OutcomeUnknown("a task of the store is gone".into())))
    }

    /// A lane: one transaction after the other, as long as something waits.
    async fn work(&self) {
        loop {
            let batch = {
                let mut queue = self.queue();
                match queue.take() {
                    Some(batch) => batch,
                    None => {
                        queue.lanes -= 1;
                        return;
                    }
                }
            };
            let rooms: Vec<RoomId> = batch.rooms.iter().map(|(room, _)| *room).collect();
            let left_out = self.ground.post(batch).await;
            let mut queue = self.queue();
            for (room, waiting) in left_out {
                queue.put_back(room, waiting);
            }
            for room in rooms {
                queue.is_done(room);
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes nothing more, and waits for what was taken.
    pub(super) async fn close(&self) {
        {
            // Whoever has the queue has looked already whether it is closed.
            let _queue = self.queue();
            self.tasks.close();
        }
        self.tasks.wait().await;
    }
}

impl Queue {
    fn add(&mut self, waiting: Waiting) {
        let room = waiting.post.room;
        let ready = &mut self.ready;
        let queued = self.rooms.entry(room).or_insert_with(|| {
            ready.push_back(room);
            Room::default()
        });
        queued.waiting.push_back(waiting);
    }

    /// What comes next: everything that is ready and may go together, the longest waiting first.
    fn take(&mut self) -> Option<Batch> {
        let (mut rooms, mut left) = (Vec::new(), BATCH);
        while let Some(next) = self.ready.front() {
            let Some(room) = self.rooms.get_mut(next) else {
                self.ready.pop_front();
                continue;
            };
            if room.alone && !rooms.is_empty() {
                break;
            }
            let taken = room.waiting.len().min(left);
            let (id, alone) = (*next, room.alone);
            rooms.push((id, room.waiting.drain(..taken).collect()));
            left -= taken;
            room.alone = false;
            self.ready.pop_front();
            if alone || left == 0 {
                return Some(Batch { waits: alone || rooms.len() == 1, rooms });
            }
        }
        // A room by itself may wait for its lock: it holds up nobody.
        (!rooms.is_empty()).then(|| Batch { waits: rooms.len() == 1, rooms })
    }

    /// Nothing was done for these.
    fn put_back(&mut self, room: RoomId, waiting: Vec<Waiting>) {
        let queued = self.rooms.entry(room).or_default();
        for waiting in waiting.into_iter().rev() {
            queued.waiting.push_front(waiting);
        }
        queued.alone = true;
    }

    /// Others may post to the room again.
    fn is_done(&mut self, room: RoomId) {
        match self.rooms.get(&room) {
            Some(queued) if !queued.waiting.is_empty() => self.ready.push_back(room),
            _ => drop(self.rooms.remove(&room)),
        }
    }
}

impl Ground {
    /// Posts a batch and answers for each message. Gives back what was left out.
    async fn post(&self, batch: Batch) -> Vec<(RoomId, Vec<Waiting>)> {
        match self.transact(&batch).await {
            Outcome::Done { answers, left_out, places } => {
                let mut answers = answers.into_iter();
                let mut again = Vec::new();
                for (room, waiting) in batch.rooms {
                    if left_out.contains(&room) {
                        again.push((room, waiting));
                        continue;
                    }
                    for (waiting, answer) in waiting.into_iter().zip(answers.by_ref()) {
                        waiting.answer(answer.map_err(StoreError::Refused));
                    }
                }
                if let Some(places) = places {
                    places.tell();
                }
                again
            }
            Outcome::Failed(error) => {
                for waiting in batch.rooms.into_iter().flat_map(|(_, waiting)| waiting) {
                    waiting.answer(Err(error.clone()));
                }
                Vec::new()
            }
        }
    }
}
