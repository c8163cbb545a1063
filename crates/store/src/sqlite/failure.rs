//! What a failure of the disk means: for those who wait, and for the store.

use rusqlite::{Connection, ErrorCode, ffi};

use crate::StoreError;

/// Why a batch was not stored.
pub(super) struct Failure {
    /// To each command.
    pub(super) answer: StoreError,
    /// Why nothing more may be stored, if so.
    pub(super) fatal: Option<String>,
    /// Whether anything had been done that is undone now, so that what is remembered may not be so.
    pub(super) is_begun: bool,
}

impl Failure {
    /// The log is as long as it may be.
    pub(super) fn log_is_full() -> Self {
        let reason = "the write-ahead log is full and cannot be checkpointed".into();
        Self { answer: StoreError::NotStored(reason), fatal: None, is_begun: false }
    }

    /// The batch could not even begin.
    pub(super) fn not_begun(connection: &Connection, error: &rusqlite::Error) -> Self {
        Self { is_begun: false, ..Self::not_stored(connection, error) }
    }

    /// Nothing of the batch is stored. Ends what is left of the transaction.
    pub(super) fn not_stored(connection: &Connection, error: &rusqlite::Error) -> Self {
        if !connection.is_autocommit()
            && let Err(rollback) = connection.execute_batch("ROLLBACK")
        {
            tracing::error!(error = %rollback, "a transaction could not be rolled back");
        }
        let reason = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => "the disk is full".into(),
            _ => error.to_string(),
        };
        // A large batch that begins the log syncs before it commits.
        let fatal = sync_failed(error).then(|| sync_failure(error));
        Self { answer: StoreError::NotStored(reason), fatal, is_begun: true }
    }

    /// The log may hold the commit, and the disk may or may not: nobody can know before a restart.
    pub(super) fn unknown(error: &rusqlite::Error) -> Self {
        let reason = match sync_failed(error) {
            true => sync_failure(error),
            false => format!("a commit could not be finished ({error})"),
        };
        Self { answer: StoreError::OutcomeUnknown(reason.clone()), fatal: Some(reason), is_begun: true }
    }
}

/// Whether a commit failed before its end was in the log: there was no room, or it could not be written. Everything else
/// comes later, as its sync and its place in the log's index do, and whoever opens the log may find the commit there.
pub(super) fn is_before_the_end(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull) || code(error) == Some(ffi::SQLITE_IOERR_WRITE)
}

/// Whether an error is a failed sync: what was promised may not be on the disk.
pub(super) fn sync_failed(error: &rusqlite::Error) -> bool {
    matches!(code(error), Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC))
}

/// Why nothing more can be promised after a failed sync.
pub(super) fn sync_failure(error: &rusqlite::Error) -> String {
    format!("a sync to disk failed ({error})")
}

fn code(error: &rusqlite::Error) -> Option<i32> {
    error.sqlite_error().map(|error| error.extended_code)
}
