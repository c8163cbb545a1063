//! The contract: what can be asked, one trait per concern.

mod fan_out;
mod presence;
mod rate_limits;
mod sessions;

pub use fan_out::*;
pub use presence::*;
pub use rate_limits::*;
pub use sessions::*;

/// Everything that passes.
pub trait Live: FanOut + Presence + RateLimits + Sessions + Send + Sync + 'static {}

impl<T: FanOut + Presence + RateLimits + Sessions + Send + Sync + 'static> Live for T {}
