//! What can go wrong in a store.

use chinwag_model::Refusal;

/// Why a command or a question was not answered.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// It may not be done. Nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It could not be stored. Nothing was changed; the reason is for the log.
    #[error("nothing was stored: {0}")]
    NotStored(String),
    /// It could not be read; the reason is for the log.
    #[error("it could not be read: {0}")]
    NotRead(String),
    /// The store failed at the moment of the commit. A retry with the same nonce tells what happened; the reason is for
    /// the log.
    #[error("it is not known whether it was stored: {0}")]
    OutcomeUnknown(String),
    /// Too much is waiting, or the store is closing. Nothing was changed.
    #[error("the store is too busy or is closing")]
    Busy,
}

/// Why the store can no longer keep its promises: the process must stop, and say this.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the store cannot go on: {0}")]
pub struct Fatal(pub String);
