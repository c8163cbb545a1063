//! The contract: what can be asked of a store, one trait per aggregate.

mod accounts;
mod identities;
mod jobs;
mod messages;
mod nodes;
mod pending;
mod people;
mod rooms;
mod second_factors;
mod sessions;
mod streams;
mod tokens;
mod upkeep;
mod workspace;

pub use accounts::*;
pub use identities::*;
pub use jobs::*;
pub use messages::*;
pub use nodes::*;
pub use pending::*;
pub use people::*;
pub use rooms::*;
pub use second_factors::*;
pub use sessions::*;
pub use streams::*;
pub use tokens::*;
pub use upkeep::*;
pub use workspace::*;

/// Everything that lasts.
pub trait Store:
    Accounts
    + Sessions
    + Tokens
    + Pending
    + SecondFactors
    + Identities
    + People
    + WorkspaceRules
    + Rooms
    + Messages
    + Streams
    + Jobs
    + Nodes
    + Upkeep
    + Send
    + Sync
    + 'static
{
}

impl<T> Store for T where
    T: Accounts
        + Sessions
        + Tokens
        + Pending
        + SecondFactors
        + Identities
        + People
        + WorkspaceRules
        + Rooms
        + Messages
        + Streams
        + Jobs
        + Nodes
        + Upkeep
        + Send
        + Sync
        + 'static
{
}
