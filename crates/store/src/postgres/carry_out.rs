//! Carrying out a command: a transaction that first locks, then decides and writes, then commits.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chinwag_model::StreamId;
use tokio::runtime::Handle;

use super::connections::{Connection, Connections};
use super::database::Session;
use super::failure::Cause;
use super::identity::Present;
use super::sequence::{Places, Sequence};
use super::transaction::{LockedElsewhere, NotLocked, PostgresTransaction};
use crate::commands::{Batch, Command, Installation, Memory, now};
use crate::database::{Database, DatabaseError, Failed};
use crate::{Result, StoreError};

/// How often a command is tried that was only in another's way.
const TRIES: usize = 10;

/// What carrying out needs.
pub(super) struct Ground {
    pub(super) connections: Connections,
    pub(super) runtime: Handle,
    pub(super) present: Arc<Present>,
    pub(super) sequence: Arc<Sequence>,
    /// Transactions that were committed.
    pub(super) commits: AtomicU64,
}

/// What a command does about what others have locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnLock {
    /// It goes no further, so that nobody waits for a thread that waits.
    Return,
    /// It waits.
    Wait,
}

/// How a try ended that is to be made again.
enum Again {
    /// While it looked what to lock, or after that, it became more: these as well.
    Lock(BTreeSet<StreamId>),
    /// It was in another's way.
    InTheWay(Cause),
    /// Somebody else has locked what it needs, or it is not there.
    Locked,
}

/// Why a try came to nothing.
enum Unfinished {
    Again(Again),
    Finally(StoreError),
}

impl Ground {
    /// Carries out a command; `None`: it would have to wait for locks. To be called on a thread that may wait.
    pub(super) fn carry_out<C: Command>(&self, command: &C, on_lock: OnLock) -> Result<Option<C::Answer>> {
        // What is known to be needed from earlier tries.
        let mut needed = BTreeSet::new();
        for _ in 0..TRIES {
            let connection = match on_lock {
                OnLock::Return => self.runtime.block_on(self.connections.write()),
                OnLock::Wait => self.runtime.block_on(self.connections.wait()),
            };
            let connection = connection.map_err(|cause| cause.not_stored())?;
            match self.attempt(connection, command, &needed, on_lock) {
                Ok(answer) => return Ok(Some(answer)),
                Err(Unfinished::Finally(error)) => return Err(error),
                Err(Unfinished::Again(Again::Locked)) => return Ok(None),
                Err(Unfinished::Again(Again::Lock(more))) if more.is_subset(&needed) => {
                    // It was to be locked before, and so it is not there.
                    tracing::error!(streams = ?more, "a command was not stored: streams are missing");
                    return Err(StoreError::NotStored(format!("there is nothing of {more:?}")));
                }
                Err(Unfinished::Again(Again::Lock(more))) => needed.extend(more),
                Err(Unfinished::Again(Again::InTheWay(cause))) => {
                    tracing::warn!(%cause, "a command was in another's way; it is tried again");
                }
            }
        }
        Err(StoreError::Busy)
    }

    fn attempt<C: Command>(
        &self,
        connection: Connection,
        command: &C,
        needed: &BTreeSet<StreamId>,
        on_lock: OnLock,
    ) -> std::result::Result<C::Answer, Unfinished> {
        let installation = connection.installation();
        let session = Session::new(&connection, &self.runtime);
        let mut transaction = PostgresTransaction::new(session);
        let mut places = None;
        let decided = self.decide(&mut transaction, command, installation, needed, on_lock, &mut places);
        let session = transaction.session();
        let (answer, places) = match decided {
            Ok(answer) => (answer, places),
            Err(unfinished) => {
                // Nothing of it is to stay; a connection that cannot even do that is closed.
                if session.undo() {
                    drop(transaction);
                    connection.give_back();
                }
                return Err(unfinished);
            }
        };
        match session.run("COMMIT") {
            Ok(()) => {
                self.commits.fetch_add(1, Ordering::Relaxed);
                drop(transaction);
                connection.give_back();
                if let Some(places) = places {
                    places.tell();
                }
                Ok(answer)
            }
            Err(cause) if cause.is_in_the_way() => Err(Unfinished::Again(Again::InTheWay(cause))),
            Err(cause) => {
                tracing::error!(%cause, "a commit failed");
                drop(transaction);
                if matches!(cause, Cause::Late) {
                    Connections::set_aside(connection, &self.runtime);
                }
                Err(Unfinished::Finally(cause.at_the_commit()))
            }
        }
    }

    /// Everything but the commit.
    fn decide<C: Command>(
        &self,
        transaction: &mut PostgresTransaction<'_>,
        command: &C,
        installation: Installation,
        needed: &BTreeSet<StreamId>,
        on_lock: OnLock,
        places: &mut Option<Places>,
    ) -> std::result::Result<C::Answer, Unfinished> {
        transaction.session().begin("BEGIN ISOLATION LEVEL READ COMMITTED").map_err(unfinished_cause)?;
        let mut locked = needed.clone();
        let asked = |database: &dyn Database| command.locks(database, &installation);
        locked.extend(asked(transaction).map_err(unfinished)?.in_order());
        if !locked.is_empty() {
            let in_order: Vec<StreamId> = locked.iter().copied().collect();
            transaction.lock(&in_order, on_lock).map_err(unfinished)?;
            let now_needed: BTreeSet<StreamId> =
                asked(transaction).map_err(unfinished)?.in_order().into_iter().collect();
            if !now_needed.is_subset(&locked) {
                return Err(Unfinished::Again(Again::Lock(now_needed)));
            }
        }
        let mut memory = Memory::new(installation);
        let mut batch = Batch::new(transaction, &mut memory, now());
        let answer = match command.clone().execute(&mut batch) {
            Ok(answer) => answer,
            Err(Failed::Refused(refusal)) => {
                return Err(Unfinished::Finally(StoreError::Refused(refusal)));
            }
            Err(Failed::Database(error)) => return Err(unfinished(error)),
        };
        let changes = batch.flush().map_err(unfinished)?;
        if !changes.is_empty() {
            *places = Some(self.sequence.take_places(changes));
        }
        Ok(answer)
    }
}

fn unfinished_cause(cause: Cause) -> Unfinished {
    unfinished(cause.into())
}

/// What an error before the commit means.
fn unfinished(error: DatabaseError) -> Unfinished {
    match error.0.downcast::<Cause>() {
        Ok(cause) if cause.is_in_the_way() => Unfinished::Again(Again::InTheWay(*cause)),
        Ok(cause) => {
            tracing::error!(%cause, "a command was not stored");
            Unfinished::Finally(cause.not_stored())
        }
        Err(fault) => match fault.downcast::<NotLocked>() {
            Ok(missing) => Unfinished::Again(Again::Lock(BTreeSet::from([missing.0]))),
            Err(fault) if fault.is::<LockedElsewhere>() => Unfinished::Again(Again::Locked),
            Err(fault) => {
                tracing::error!(%fault, "a command was not stored");
                Unfinished::Finally(StoreError::NotStored(fault.to_string()))
            }
        },
    }
}
