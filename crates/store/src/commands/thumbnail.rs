//! Small pictures of people. They are made by a job, from what was uploaded.

use chinwag_model::UserId;

use super::{Batch, Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::{JobKind, NewJob};

/// Keeps a small picture, if the one that it was made from is still there.
#[derive(Clone)]
pub(crate) struct KeepThumbnail {
    pub(crate) user: UserId,
    pub(crate) version: u32,
    pub(crate) png: Vec<u8>,
}

impl Command for KeepThumbnail {
    type Answer = ();

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<(), Failed> {
        let Self { user, version, png } = self;
        Ok(batch.write(
            r#"UPDATE avatar SET thumbnail = $1, thumbnail_of = $2
               WHERE "user" = $3 AND version = $2 AND length(bytes) > 0"#,
            parameters![png.as_slice(), version, user],
        )?)
    }
}

impl Batch<'_> {
    /// Somebody is to make what is missing, unless somebody is about to.
    pub(super) fn ask_for_thumbnails(&self) -> Result<(), DatabaseError> {
        let now = self.clock()?;
        if self.waits(&JobKind::THUMBNAILS, now)? {
            return Ok(());
        }
        self.ask_for(&NewJob::plain(JobKind::THUMBNAILS))
    }
}
