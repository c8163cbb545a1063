//! What passes in Chinwag: fan-out between nodes, presence, rate limits and cached sessions.
//!
//! [`Live`] is the contract, in one trait per concern; [`memory`] is its back end for one node, and [`redis`]
//! that for many. Nothing here lasts and nothing here is the truth: whatever is lost is read from the store again, and losing everything signs nobody out.

pub mod contract;
pub mod memory;
mod places;
pub mod redis;

pub use contract::*;

/// Why the back end did not do what was asked: it is away. Whoever asked goes on without it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("live is away: {0}")]
pub struct Away(pub String);

/// The result of asking.
pub type Result<T> = std::result::Result<T, Away>;
