//! Transferring an installation: everything from a data folder into PostgreSQL, so that a server goes on with that.
//!
//! The folder is locked for as long as it takes, so nothing changes meanwhile, and nothing that was acknowledged is lost.
//! That is why the history is unbroken: the epoch stays, and clients go on from where they are. The folder is left as it
//! is, but for a note; a server that is started on it again begins another epoch.
//!
//! It may be stopped or killed at any moment, and goes on when it is begun again, unless something was written to the
//! folder since; then it begins afresh. Each table is copied in the order of its keys, some rows in one transaction, so
//! its last row says how far that is. In the end all rows are read again on both sides and compared. Only then what makes
//! it an installation is written; before that no server opens it.

mod compare;
mod copy;
mod error;
mod gauge;
mod nonces;
mod reading;
mod rows;
mod tables;

use std::path::Path;
use std::sync::Arc;

use chinwag_model::Millis;
use rusqlite::types::Value;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use uuid::Uuid;

pub use self::error::TransferError;
use self::reading::Reading;
use self::tables::TABLES;
use crate::postgres::{Cause, OpenError, Options, State, Target};
use crate::progress::{Part, Progress};
use crate::sqlite::Source;

/// What was transferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transferred {
    /// How many have an account.
    pub people: u64,
    /// How many rooms there are.
    pub rooms: u64,
    /// How many messages there are.
    pub messages: u64,
}

/// How much is copied in one transaction: whichever is reached first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunks {
    /// Rows, at least 1.
    pub rows: u64,
    /// Bytes.
    pub bytes: usize,
}

impl Default for Chunks {
    fn default() -> Self {
        Self { rows: 50_000, bytes: 4 * 1024 * 1024 }
    }
}

/// Transfers everything from a data folder into an empty schema, or goes on with that. Blocks for as long as that takes,
/// on a thread that may wait.
///
/// # Errors
/// [`TransferError`]: the folder or the database cannot be used, there is something else in the schema, what was copied
/// is not what there is, or it was stopped.
pub fn transfer(folder: &Path, options: &Options, progress: &Progress) -> Result<Transferred, TransferError> {
    transfer_in(folder, options, Chunks::default(), progress)
}

/// The same, in chunks of another size.
///
/// # Errors
/// As [`transfer`].
pub fn transfer_in(
    folder: &Path,
    options: &Options,
    chunks: Chunks,
    progress: &Progress,
) -> Result<Transferred, TransferError> {
    // The one thread talks to PostgreSQL, while this one reads.
    let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("transfer").enable_all().build();
    let runtime = runtime.map_err(TransferError::System)?;
    let source = Source::open(folder, progress)?;
    let source = source.ok_or_else(|| TransferError::NoDatabase(folder.to_owned()))?;
    let mut target = runtime.block_on(Target::connect(options))?;
    let number = begin(folder, &source, &mut target, &runtime)?;
    let way = Way { folder, source: &source, target: Arc::new(target), runtime: &runtime };
    let transferred = way.transfer(number, chunks, progress)?;
    drop(way);
    source.close();
    Ok(transferred)
}

/// From where to where.
struct Way<'a> {
    folder: &'a Path,
    source: &'a Source,
    target: Arc<Target>,
    runtime: &'a Runtime,
}

impl Way<'_> {
    fn transfer(
        &self,
        number: Uuid,
        chunks: Chunks,
        progress: &Progress,
    ) -> Result<Transferred, TransferError> {
        let read = |reason| TransferError::reading(self.folder, reason);
        let connection = self.source.connection();
        let reading = Reading { folder: self.folder, connection, progress, at: begun_at(number) };
        self.source.hold().map_err(read)?;
        copy::copy_all(self, &reading, chunks)?;
        progress.is_at(Part::Checking, 0, 0);
        self.analyze();
        let counts = compare::compare_all(self, &reading).inspect_err(|error| {
            if matches!(error, TransferError::Differs { .. }) {
                self.discard();
            }
        })?;
        progress.is_at(Part::Sealing, 0, 0);
        let meta = self.meta()?;
        self.source.let_go().map_err(read)?;
        // Noted here before it is true there: the epoch is never in use at both places.
        let place = format!("the schema {} at {}", self.target.schema(), self.target.address());
        self.source.finish(&place).map_err(read)?;
        self.ask(self.target.finish(&meta))?;
        let rows_of = |name| counts.iter().find(|(table, _)| *table == name).map_or(0, |(_, rows)| *rows);
        Ok(Transferred { people: rows_of("user"), rooms: rows_of("room"), messages: rows_of("message") })
    }

    /// Lets PostgreSQL look at what it has now, so that it finds the best way to it from the beginning. If it may not,
    /// that is no reason to stop; it does so by itself after a while.
    fn analyze(&self) {
        let tables: Vec<String> = TABLES.iter().map(|table| format!(r#""{}""#, table.name)).collect();
        if let Err(error) = self.ask(self.target.run(&format!("ANALYZE {}", tables.join(", ")))) {
            tracing::warn!(%error, "PostgreSQL did not look at what was copied");
        }
    }

    /// Lets the next begin afresh.
    fn discard(&self) {
        let discarded = self.source.workspace().map_err(|reason| TransferError::reading(self.folder, reason));
        let discarded = discarded.and_then(|workspace| {
            self.ask(self.target.discard(&Note { number: Uuid::nil(), workspace: workspace.0 }.to_text()))
        });
        if let Err(error) = discarded {
            tracing::warn!(%error, "what was copied could not be discarded");
        }
    }

    /// What is true of the whole installation, as PostgreSQL has it.
    fn meta(&self) -> Result<Vec<(String, String)>, TransferError> {
        let meta = self.source.meta().map_err(|reason| TransferError::reading(self.folder, reason))?;
        let texts = meta.into_iter().map(|(key, value)| {
            let text = match &value {
                Value::Text(text) => Some(text.clone()),
                Value::Integer(number) => Some(number.to_string()),
                Value::Blob(id) => Uuid::from_slice(id).ok().map(|id| id.to_string()),
                Value::Null | Value::Real(_) => None,
            };
            match text {
                Some(text) => Ok((key, text)),
                None => Err(TransferError::Damaged {
                    folder: self.folder.to_owned(),
                    table: "meta",
                    key,
                    what: format!("a value of the type {}", value.data_type()),
                }),
            }
        });
        texts.collect()
    }

    /// Waits for an answer of PostgreSQL.
    fn ask<T>(&self, answer: impl Future<Output = Result<T, Cause>>) -> Result<T, TransferError> {
        self.runtime.block_on(answer).map_err(|cause| TransferError::at(&self.target, &cause))
    }

    /// Waits for an answer that somebody else is waiting for.
    fn join<T>(&self, answer: JoinHandle<Result<T, Cause>>) -> Result<T, TransferError> {
        let answer = self.runtime.block_on(answer);
        let answer = answer.map_err(|error| TransferError::System(std::io::Error::other(error)))?;
        answer.map_err(|cause| TransferError::at(&self.target, &cause))
    }
}

/// Finds out whether it can be, and what there is to go on with. Answers the number of this transfer.
fn begin(
    folder: &Path,
    source: &Source,
    target: &mut Target,
    runtime: &Runtime,
) -> Result<Uuid, TransferError> {
    let read = |reason| TransferError::reading(folder, reason);
    let (address, schema) = (target.address().to_owned(), target.schema().to_owned());
    let failed =
        |cause: Cause| TransferError::Postgres { address: address.clone(), reason: cause.to_string() };
    let foreign = || OpenError::Foreign { address: address.clone(), schema: schema.clone() };
    if !runtime.block_on(target.lock()).map_err(failed)? {
        return Err(TransferError::Busy { address, schema });
    }
    let workspace = source.workspace().map_err(read)?.0;
    let known = source.copy().map_err(read)?.map(|number| Note { number, workspace });
    let state = runtime.block_on(target.state()).map_err(failed)?;
    let begun = match &state {
        State::Foreign => return Err(foreign().into()),
        State::Founded(Some(note)) if known.is_some_and(|known| known.to_text() == *note) => {
            return Err(TransferError::AlreadyDone { folder: folder.to_owned(), address, schema });
        }
        State::Founded(_) => return Err(TransferError::Used { address, schema }),
        State::Unfinished(note) if !Note::is_of(note, workspace) => {
            return Err(TransferError::OfAnother { address, schema });
        }
        State::Unfinished(note) => known.filter(|known| known.to_text() == *note),
        State::Empty => None,
    };
    runtime.block_on(target.prepare())?;
    if let Some(Note { number, .. }) = begun {
        return Ok(number);
    }
    let tables: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    if state == State::Empty && runtime.block_on(target.has_rows(&tables)).map_err(failed)? {
        return Err(foreign().into());
    }
    let number = Uuid::now_v7();
    source.begin(number).map_err(read)?;
    let note = Note { number, workspace }.to_text();
    runtime.block_on(target.begin(&note, &tables)).map_err(failed)?;
    Ok(number)
}

/// What is noted of a transfer where it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Note {
    /// Its number: another for each that is begun afresh.
    number: Uuid,
    /// From which installation.
    workspace: Uuid,
}

impl Note {
    /// With the formats of both sides: what another version has begun is not gone on with.
    fn to_text(self) -> String {
        let Self { number, workspace } = self;
        format!("{workspace} {number} {} {}", Source::format(), Target::format())
    }

    /// Whether a note is of this installation.
    fn is_of(note: &str, workspace: Uuid) -> bool {
        note.split(' ').next() == Some(workspace.to_string().as_str())
    }
}

/// When a transfer was begun. Nothing was carried out in the folder since, so whatever has to be kept for some time after
/// it was is kept long enough from then on.
fn begun_at(number: Uuid) -> Millis {
    let (seconds, nanos) = number.get_timestamp().map_or((0, 0), |begun| begun.to_unix());
    let millis = seconds.saturating_mul(1_000).saturating_add(u64::from(nanos) / 1_000_000);
    Millis(i64::try_from(millis).unwrap_or(i64::MAX))
}
