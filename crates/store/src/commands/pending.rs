//! What somebody has begun and has to end soon.

use chinwag_model::SessionKey;

use super::Batch;
use super::{Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::{NewPending, Purpose};

/// Begins something.
#[derive(Clone)]
pub(crate) struct BeginPending(pub(crate) NewPending);

impl Command for BeginPending {
    type Answer = ();

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<(), Failed> {
        let NewPending { key, purpose, expires_at, body } = self.0;
        Ok(batch.write(
            "INSERT INTO pending (key, purpose, tries, expires_at, body) VALUES ($1, $2, 0, $3, $4)",
            parameters![&key, purpose.0, expires_at, &body[..]],
        )?)
    }
}

/// Tries to end something.
#[derive(Clone)]
pub(crate) struct TryPending {
    pub(crate) key: SessionKey,
    pub(crate) purpose: Purpose,
    pub(crate) most: u32,
}

impl Command for TryPending {
    type Answer = Option<Vec<u8>>;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, Failed> {
        Ok(batch.first(
            "UPDATE pending SET tries = tries + 1
             WHERE key = $1 AND purpose = $2 AND expires_at > $3 AND tries < $4 RETURNING body",
            parameters![&self.key, self.purpose.0, batch.now(), self.most],
            |row| row.get(0),
        )?)
    }
}

/// Ends something.
#[derive(Clone)]
pub(crate) struct TakePending {
    pub(crate) key: SessionKey,
    pub(crate) purpose: Purpose,
}

impl Command for TakePending {
    type Answer = Option<Vec<u8>>;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, Failed> {
        Ok(batch.first(
            "DELETE FROM pending WHERE key = $1 AND purpose = $2 AND expires_at > $3 RETURNING body",
            parameters![&self.key, self.purpose.0, batch.now()],
            |row| row.get(0),
        )?)
    }
}

impl Batch<'_> {
    /// Drops some of what nobody can end any more. Says whether there may be more.
    pub(super) fn expire_pending(&self, most: i64) -> Result<bool, DatabaseError> {
        let dropped = self.execute(
            "DELETE FROM pending WHERE key IN (SELECT key FROM pending WHERE expires_at <= $1 LIMIT $2)",
            parameters![self.now(), most],
        )?;
        Ok(dropped > 0)
    }
}
