//! The contract: what can be asked of a store, one trait per aggregate.

mod accounts;
mod messages;
mod rooms;
mod streams;

pub use accounts::*;
pub use messages::*;
pub use rooms::*;
pub use streams::*;

/// Everything that lasts.
pub trait Store: Accounts + Rooms + Messages + Streams + Send + Sync + 'static {}

impl<T: Accounts + Rooms + Messages + Streams + Send + Sync + 'static> Store for T {}
