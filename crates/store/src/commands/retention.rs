//! Setting for how long a room keeps its messages. What is removed by that, and when, is in [`sweep`](super::sweep).

use chinwag_model::permission::Action;
use chinwag_model::{Body, Days, Retention, Rev, Room, RoomId, StreamId, UserId};

use super::Batch;
use super::{Command, Installation, Locks};
use crate::Once;
use crate::database::{Database, DatabaseError, Failed, parameters};

/// Sets for how long a room keeps its messages. A line in its history says so before anything is removed.
#[derive(Clone)]
pub(crate) struct SetRetention {
    pub(crate) room: RoomId,
    pub(crate) days: Option<Days>,
    pub(crate) by: UserId,
    pub(crate) once: Option<Once>,
}

impl Command for SetRetention {
    type Answer = Rev;

    fn locks(&self, _database: &dyn Database, installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.room).and(installation.workspace))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Rev, Failed> {
        let Self { room, days, by, once } = self;
        if let Some(first) = batch.first_answer(room.0, by, once.as_ref())? {
            return Ok(first.rev);
        }
        let author = batch.permit(Action::SetRetention, room, by)?;
        let before = batch.room(room)?;
        // By the one clock: by that it is judged what is old.
        let now = batch.clock()?;
        let present = before.retention.at(now);
        let (retention, from) = present.with(days, now);
        if retention == present {
            batch.keep_answer(room.0, by, once.as_ref(), before.rev, None)?;
            return Ok(before.rev);
        }
        batch.line(room, &author, Body::Retention { days, from })?;
        let stream = StreamId::from(room);
        let (rev, _) = batch.next(stream)?;
        let changed = Room { retention, rev, ..before };
        batch.keep_retention(&changed)?;
        batch.tell_of_room(&changed)?;
        batch.is_to_be_swept(room, retention.next.map_or(now, |next| next.from))?;
        let detail = format!("{} → {}", in_words(present), in_words(Retention { days, next: None }));
        batch.audit(Some(by), "room.retention_set", None, Some(room), &detail)?;
        batch.keep_answer(room.0, by, once.as_ref(), rev, None)?;
        Ok(rev)
    }
}

impl Batch<'_> {
    /// Keeps what a room's data say of its history.
    pub(super) fn keep_retention(&self, room: &Room) -> Result<(), DatabaseError> {
        let Room { retention, history_from, rev, id, .. } = room;
        self.write(
            "UPDATE room SET keep_days = $1, next_days = $2, next_from = $3, history_from = $4, rev = $5
             WHERE id = $6",
            parameters![
                retention.days.map(Days::get),
                retention.next.map(|next| next.days.get()),
                retention.next.map(|next| next.from),
                *history_from,
                *rev,
                *id
            ],
        )
    }
}

/// For the log of who did what.
fn in_words(retention: Retention) -> String {
    retention.days.map_or_else(|| "for ever".to_owned(), |days| format!("{} days", days.get()))
}
