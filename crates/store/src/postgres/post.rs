//! Posting: what waits for one room is one transaction, and so is what waits for many rooms while others are written.
//!
//! A transaction takes two round trips to PostgreSQL, whatever the number of messages: the first locks the streams of the
//! rooms and reads what is decided by, the second writes everything and commits. While there is little to do each room has
//! a transaction of its own. When all lanes are busy, rooms queue, and the next transaction takes all that wait: the busier
//! it gets, the less a message costs. A room that is locked by another node must not hold up the others: it is left out, and
//! waits for its lock alone, in one of a few lanes that wait. The same becomes of each room of a batch that PostgreSQL will
//! not take: what is wrong with one of them must not keep the others from being stored.

mod decide;
mod queue;
mod transaction;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio_util::task::TaskTracker;

use self::queue::{Batch, Done, Line, Queue};
use self::transaction::Outcome;
use super::carry_out::Ground;
use super::connections::Shares;
use super::failure::DEADLINE;
use crate::{Post, Posted, Result, StoreError};

/// Most messages that may wait, over all rooms.
const WAITING: usize = 8_192;

/// How long a lane waits that could lock nothing.
const PAUSE: Duration = Duration::from_millis(1);

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
    /// How many lanes there are for those that go together,
    together: Lanes,
    /// and for those that go by themselves.
    alone: Lanes,
}

/// Transactions at the same time.
#[derive(Default)]
struct Lanes {
    working: usize,
    most: usize,
}

impl Lanes {
    /// So many, of which none works.
    fn of(most: usize) -> Self {
        Self { working: 0, most }
    }
}

impl State {
    fn lanes(&mut self, line: Line) -> &mut Lanes {
        match line {
            Line::Together => &mut self.together,
            Line::Alone => &mut self.alone,
        }
    }

    /// How many more lanes are to begin in a line; they count as working then.
    fn begin(&mut self, line: Line) -> usize {
        let waiting = self.queue.rooms_in(line);
        let lanes = self.lanes(line);
        let free = lanes.most.saturating_sub(lanes.working);
        // Those that go together need no second lane as long as the first may take them all.
        let needed = if line == Line::Together { waiting.min(1) } else { waiting };
        let begun = needed.min(free);
        lanes.working += begun;
        begun
    }
}

/// A message that waits.
pub(super) struct Waiting {
    post: Post,
    reply: oneshot::Sender<Result<Posted>>,
    since: Instant,
    /// How often its room was left out of a batch.
    left_out: u8,
    _place: OwnedSemaphorePermit,
}

impl Waiting {
    /// Whether nobody waits for it any more. After a jam, that must not keep waiting what somebody waits for.
    fn is_late(&self) -> bool {
        self.since.elapsed() > DEADLINE
    }

    fn answer(self, answer: Result<Posted>) {
        // Nobody to answer: the asker is gone.
        let _ = self.reply.send(answer);
    }
}

impl Posts {
    pub(super) fn new(ground: Arc<Ground>, shares: Shares) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(WAITING));
        let (together, alone) = (Lanes::of(shares.posting), Lanes::of(shares.waiting));
        let state = Mutex::new(State { together, alone, ..State::default() });
        Arc::new(Self { ground, state, places, tasks: TaskTracker::new() })
    }

    /// Posts a message. Once it waits it is carried out whether or not anybody waits for it, unless its turn comes too late
    /// for everybody.
    pub(super) async fn post(self: &Arc<Self>, post: Post) -> Result<Posted> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| StoreError::Busy)?;
        let (reply, answer) = oneshot::channel();
        {
            let mut state = self.state();
            if self.tasks.is_closed() {
                return Err(StoreError::Busy);
            }
            state.queue.add(Waiting { post, reply, since: Instant::now(), left_out: 0, _place: place });
            self.begin(&mut state);
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::OutcomeUnknown("a task of the store is gone".into())))
    }

    /// Lets more lanes work, if there is something for them.
    fn begin(self: &Arc<Self>, state: &mut State) {
        for line in [Line::Together, Line::Alone] {
            for _ in 0..state.begin(line) {
                let posts = Arc::clone(self);
                self.tasks.spawn_on(async move { posts.work(line).await }, &self.ground.runtime);
            }
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
                        state.lanes(line).working -= 1;
                        return;
                    }
                }
            };
            let done = self.ground.post(batch).await;
            if line == Line::Together && done.iter().all(|done| !done.again.is_empty()) {
                // Whoever has them is about to commit.
                tokio::time::sleep(PAUSE).await;
            }
            let mut state = self.state();
            for done in done {
                state.queue.is_done(done);
            }
            self.begin(&mut state);
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
    async fn post(&self, batch: Batch) -> Vec<Done> {
        match self.transact(&batch).await {
            Outcome::Done { answers, left_out, places } => {
                let mut answers = answers.into_iter();
                let rooms = batch.rooms.into_iter().map(|(room, waiting)| {
                    if left_out.contains(&room) {
                        return Done { room, again: waiting, refused: false };
                    }
                    for (waiting, answer) in waiting.into_iter().zip(answers.by_ref()) {
                        waiting.answer(answer.map_err(StoreError::Refused));
                    }
                    Done { room, again: Vec::new(), refused: false }
                });
                let rooms = rooms.collect();
                if let Some(places) = places {
                    places.tell();
                }
                rooms
            }
            // It may be one of them that cannot be stored.
            Outcome::Refused(_) if batch.rooms.len() > 1 => {
                let rooms = batch.rooms.into_iter();
                let alone = |mut waiting: Waiting| {
                    waiting.left_out = queue::TRIES;
                    waiting
                };
                let rooms = rooms.map(|(room, again)| (room, again.into_iter().map(alone).collect()));
                rooms.map(|(room, again)| Done { room, again, refused: false }).collect()
            }
            Outcome::Refused(error) => fail(batch, &error, true),
            Outcome::Failed(error) => fail(batch, &error, false),
        }
    }
}

/// Nothing of a batch was stored, as far as is known.
fn fail(batch: Batch, error: &StoreError, refused: bool) -> Vec<Done> {
    let rooms = batch.rooms.into_iter().map(|(room, waiting)| {
        for waiting in waiting {
            waiting.answer(Err(error.clone()));
        }
        Done { room, again: Vec::new(), refused }
    });
    rooms.collect()
}
