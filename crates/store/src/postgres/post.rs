//! Posting: what waits for one room is one transaction, and so is what waits for many rooms while others are written.
//!
//! A transaction takes two round trips to PostgreSQL, whatever the number of messages: the first locks the streams of the
//! rooms and reads what is decided by, the second writes everything and commits. While there is little to do each room has
//! a transaction of its own. When all [`LANES`] are busy, rooms queue, and the next transaction takes all that wait: the
//! busier it gets, the less a message costs. A room that is locked by another node must not hold up the others: it is left
//! out, and waits for its lock alone, in one of the [`WAITING_LANES`]. The same becomes of each room of a batch that
//! PostgreSQL will not take: what is wrong with one of them must not keep the others from being stored.

mod decide;
mod queue;
mod transaction;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chinwag_model::RoomId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio_util::task::TaskTracker;

use self::queue::{Batch, Line, Queue};
use self::transaction::Outcome;
use super::carry_out::Ground;
use super::connections::POSTING;
use crate::{Post, Posted, Result, StoreError};

/// Most transactions at the same time that wait for no lock.
const LANES: usize = POSTING;
/// Most transactions at the same time that wait for the lock of a room.
const WAITING_LANES: usize = 3;
/// Most messages that may wait, over all rooms.
const WAITING: usize = 8_192;

/// What waits to be posted.
pub(super) struct Posts {
    ground: Arc<Ground>,
    state: Mutex<State>,
    places: Arc<Semaphore>,
    tasks: TaskTracker,
}

#[derive(Default)]
struct State {
    queue: Queue,
    /// How many lanes work.
    lanes: usize,
    /// How many of those that wait for locks.
    waiting_lanes: usize,
}

impl State {
    /// How many lanes work in a line, and how many may.
    fn lanes(&mut self, line: Line) -> (&mut usize, usize) {
        match line {
            Line::Together => (&mut self.lanes, LANES),
            Line::Alone => (&mut self.waiting_lanes, WAITING_LANES),
        }
    }

    /// Whether another lane is to begin in a line; it counts as one that works then.
    fn begins(&mut self, line: Line) -> bool {
        let waits = self.queue.waits_in(line);
        let (lanes, most) = self.lanes(line);
        let begins = waits && *lanes < most;
        *lanes += usize::from(begins);
        begins
    }
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

impl Posts {
    pub(super) fn new(ground: Arc<Ground>) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(WAITING));
        Arc::new(Self { ground, state: Mutex::default(), places, tasks: TaskTracker::new() })
    }

    /// Posts a message. Once it waits it is carried out whether or not anybody waits for it.
    pub(super) async fn post(self: &Arc<Self>, post: Post) -> Result<Posted> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| StoreError::Busy)?;
        let (reply, answer) = oneshot::channel();
        {
            let mut state = self.state();
            if self.tasks.is_closed() {
                return Err(StoreError::Busy);
            }
            state.queue.add(Waiting { post, reply, _place: place });
            self.begin(&mut state, Line::Together);
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::OutcomeUnknown("a task of the store is gone".into())))
    }

    /// Lets another lane work, if there is something for it.
    fn begin(self: &Arc<Self>, state: &mut State, line: Line) {
        if state.begins(line) {
            let posts = Arc::clone(self);
            self.tasks.spawn_on(async move { posts.work(line).await }, &self.ground.runtime);
        }
    }

    /// A lane: one transaction after the other, as long as something waits.
    async fn work(self: &Arc<Self>, line: Line) {
        loop {
            let batch = {
                let mut state = self.state();
                match state.queue.take(line) {
                    Some(batch) => batch,
                    None => {
                        *state.lanes(line).0 -= 1;
                        return;
                    }
                }
            };
            let done = self.ground.post(batch).await;
            let mut state = self.state();
            for (room, again) in done {
                state.queue.is_done(room, again);
            }
            for line in [Line::Together, Line::Alone] {
                self.begin(&mut state, line);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes nothing more, and waits for what was taken.
    pub(super) async fn close(&self) {
        {
            // Whoever has the state has looked already whether it is closed.
            let _state = self.state();
            self.tasks.close();
        }
        self.tasks.wait().await;
    }
}

impl Ground {
    /// Posts a batch and answers for each message. Gives back the rooms, each with that for which nothing was done.
    async fn post(&self, batch: Batch) -> Vec<(RoomId, Vec<Waiting>)> {
        match self.transact(&batch).await {
            Outcome::Done { answers, left_out, places } => {
                let mut answers = answers.into_iter();
                let rooms = batch.rooms.into_iter().map(|(room, waiting)| {
                    if left_out.contains(&room) {
                        return (room, waiting);
                    }
                    for (waiting, answer) in waiting.into_iter().zip(answers.by_ref()) {
                        waiting.answer(answer.map_err(StoreError::Refused));
                    }
                    (room, Vec::new())
                });
                let rooms = rooms.collect();
                if let Some(places) = places {
                    places.tell();
                }
                rooms
            }
            // It may be one of them that cannot be stored.
            Outcome::Refused(_) if batch.rooms.len() > 1 => batch.rooms,
            Outcome::Refused(error) | Outcome::Failed(error) => {
                let rooms = batch.rooms.into_iter().map(|(room, waiting)| {
                    for waiting in waiting {
                        waiting.answer(Err(error.clone()));
                    }
                    (room, Vec::new())
                });
                rooms.collect()
            }
        }
    }
}
