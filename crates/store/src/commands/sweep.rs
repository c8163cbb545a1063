//! Removing messages that a room does not keep any longer, a few at once.
//!
//! A table has the rooms that do not keep everything, with when each is to be looked at next: when its oldest message will be
//! too old, or when the rule changes of which its members were told. So where no room has a rule nothing is done, and a room
//! whose messages are all young is left alone however often others are looked at.
//!
//! Messages of a room go in the order of their age, which is that of their revisions, together with the changes up to there;
//! the floor of the stream is raised to that. What is left of a message that was edited later is a change that names
//! nothing: who catches up passes over it, as revisions above the floor each exist once. Each step leaves everything as it
//! must be, so the next goes on from there whoever does it. When all is gone that is to go, members are told once.

use chinwag_model::change::State;
use chinwag_model::{Days, Millis, Retention, Rev, Room, RoomId, StreamId};

use super::search::floor;
use super::{Batch, Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::places::{CHUNK, chunk};
use crate::{JobKind, NewJob, Removed};

/// Most messages that one step removes, so that no post waits for it.
const MESSAGES: usize = 500;
/// Most changes. They are fewer than a chunk of the search index has, so that the floor lies in each for at least one step.
const CHANGES: u64 = 1_000;
const _: () = assert!(CHANGES < CHUNK);
/// Most rows of the search index.
const WORDS: usize = 2_000;
/// Rooms are looked at by the hour, in milliseconds, so that one job does it for many.
const HOUR_MILLIS: i64 = 3_600 * 1_000;
/// Each is looked at once a day at least.
const DAY_MILLIS: i64 = 24 * HOUR_MILLIS;

/// Of all nodes one does it at a time: the others would lock the same rooms.
const ALONE: &str = "retention";

/// A step of it.
#[derive(Clone)]
pub(crate) struct Sweep;

/// What a step has done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Whether there is more to do.
    pub(crate) more: bool,
    /// What was removed, if something was.
    pub(crate) removed: Option<Removed>,
}

impl Command for Sweep {
    type Answer = Step;

    fn locks(&self, database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        if !database.is_alone_with(ALONE)? {
            return Ok(Locks::none());
        }
        Ok(first(database)?.map_or_else(Locks::none, |(room, _)| Locks::one(room)))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Step, Failed> {
        // Whoever does it may be about to end with it, and not see what has come since.
        if !batch.is_alone_with(ALONE)? {
            return Ok(Step { more: true, removed: None });
        }
        let Some((room, due_at)) = first(batch.database())? else {
            return Ok(Step { more: false, removed: None });
        };
        let now = batch.clock()?;
        if due_at > now {
            batch.ask_for_sweep(due_at)?;
            return Ok(Step { more: false, removed: None });
        }
        Ok(Step { more: true, removed: batch.sweep(room, now)? })
    }
}

/// The room that is to be looked at first, and when.
fn first(database: &dyn Database) -> Result<Option<(RoomId, Millis)>, DatabaseError> {
    database.first("SELECT room, due_at FROM retention ORDER BY due_at, room LIMIT 1", parameters![], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

impl Batch<'_> {
    /// From now on a room is looked at: at this time, or before.
    pub(super) fn is_to_be_swept(&self, room: RoomId, due_at: Millis) -> Result<(), DatabaseError> {
        self.write(
            "INSERT INTO retention (room, due_at) VALUES ($1, $2) ON CONFLICT (room) DO UPDATE SET due_at =
               CASE WHEN retention.due_at < excluded.due_at THEN retention.due_at ELSE excluded.due_at END",
            parameters![room, due_at],
        )?;
        self.ask_for_sweep(due_at)
    }

    /// A job that waits for the next look may get lost, or be given up: where none has come for an hour after a room was to be
    /// looked at, one is asked for. It waits for another hour, so that there is one at a time.
    pub(super) fn keep_sweeping(&self) -> Result<(), DatabaseError> {
        match first(self.database())? {
            Some((_, due_at)) => {
                self.ask_for_sweep(Millis(due_at.0.max(self.clock()?.0).saturating_add(HOUR_MILLIS)))
            }
            None => Ok(()),
        }
    }

    /// Asks for a job at this time, unless one waits that begins no later.
    fn ask_for_sweep(&self, due_at: Millis) -> Result<(), DatabaseError> {
        if self.waits(&JobKind::RETENTION, due_at)? {
            return Ok(());
        }
        self.ask_for(&NewJob { not_before: Some(due_at), ..NewJob::plain(JobKind::RETENTION) })
    }

    fn sweep(&mut self, room: RoomId, now: Millis) -> Result<Option<Removed>, Failed> {
        let data = self.room(room)?;
        let floor = floor(self.database(), room)?;
        if self.drop_words(room, floor)? {
            return Ok(None);
        }
        let rule = data.retention.at(now);
        if let Some(days) = rule.days
            && let Some(removed) = self.remove_older(room, floor, days.before(now))?
        {
            return Ok(Some(removed));
        }
        self.tell_what_is_gone(data, rule, floor)?;
        self.look_again(room, rule, floor, now)?;
        Ok(None)
    }

    /// Removes from the search index what it has of the chunk in which the floor lies: of those before, all was removed before
    /// the floor left them. Says whether there may be more. What is left of the chunk's messages is read by whoever searches.
    fn drop_words(&self, room: RoomId, floor: Rev) -> Result<bool, DatabaseError> {
        if floor == Rev(0) {
            return Ok(false);
        }
        let dropped = self.execute(
            "DELETE FROM search_word WHERE (room, chunk, word) IN
               (SELECT room, chunk, word FROM search_word WHERE room = $1 AND chunk = $2
                ORDER BY word LIMIT $3)",
            parameters![room, chunk(floor), WORDS],
        )?;
        Ok(dropped > 0)
    }

    /// Removes some messages of before this time. `None`: there are none.
    fn remove_older(
        &self,
        room: RoomId,
        floor: Rev,
        before: Millis,
    ) -> Result<Option<Removed>, DatabaseError> {
        // There is nothing below the floor: what was removed there is not gone through again.
        let oldest: Vec<(Rev, Millis)> = self.all(
            "SELECT seq, at FROM message WHERE room = $1 AND seq > $2 ORDER BY seq LIMIT $3",
            parameters![room, floor, MESSAGES],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let Some((last, _)) = oldest.into_iter().take_while(|(_, at)| *at < before).last() else {
            return Ok(None);
        };
        // What is not a message may be much more. It is as old as those.
        let through = last.min(Rev(floor.0 + CHANGES));
        let messages = self.execute(
            "DELETE FROM message WHERE room = $1 AND seq > $2 AND seq <= $3",
            parameters![room, floor, through],
        )?;
        self.write(
            "DELETE FROM change WHERE stream = $1 AND rev > $2 AND rev <= $3",
            parameters![room, floor, through],
        )?;
        self.write("UPDATE stream SET floor = $1 WHERE id = $2", parameters![through, room])?;
        Ok(Some(Removed { room, messages, floor: through }))
    }

    /// Lets members know where the history begins now, and that a rule holds which was told before.
    fn tell_what_is_gone(&mut self, data: Room, retention: Retention, floor: Rev) -> Result<(), Failed> {
        let history_from = if floor == Rev(0) { Rev(0) } else { floor.next() };
        if (retention, history_from) == (data.retention, data.history_from) {
            return Ok(());
        }
        let stream = StreamId::from(data.id);
        let (rev, _) = self.next(stream)?;
        let changed = Room { retention, history_from, rev, ..data };
        self.keep_retention(&changed)?;
        self.record(stream, rev, State::Room(changed), None)?;
        Ok(())
    }

    /// Notes when a room is to be looked at next, if it is.
    fn look_again(
        &self,
        room: RoomId,
        rule: Retention,
        floor: Rev,
        now: Millis,
    ) -> Result<(), DatabaseError> {
        let changes = rule.next.map(|next| next.from);
        let ages = match rule.days {
            Some(days) => Some(self.ages(room, floor, days, now)?),
            None => None,
        };
        match changes.into_iter().chain(ages).min() {
            Some(due_at) => {
                // A clock that was wrong for a moment must not keep a room from being looked at for years.
                let due_at = due_at.min(Millis(now.0.saturating_add(DAY_MILLIS)));
                self.write("UPDATE retention SET due_at = $1 WHERE room = $2", parameters![due_at, room])
            }
            None => self.write("DELETE FROM retention WHERE room = $1", parameters![room]),
        }
    }

    /// When the oldest message that a room has will be too old, or one that is posted now; by the hour.
    fn ages(&self, room: RoomId, floor: Rev, days: Days, now: Millis) -> Result<Millis, DatabaseError> {
        let oldest: Option<Millis> = self.first(
            "SELECT at FROM message WHERE room = $1 AND seq > $2 ORDER BY seq LIMIT 1",
            parameters![room, floor],
            |row| row.get(0),
        )?;
        let too_old = days.after(oldest.unwrap_or(now));
        Ok(Millis((too_old.0.div_euclid(HOUR_MILLIS) + 1).saturating_mul(HOUR_MILLIS)))
    }
}
