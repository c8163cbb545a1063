//! Tokens as texts, and what a short-lived one claims.
//!
//! There are three kinds. Those of sessions and access tokens are random: they say nothing, and the store knows their hashes.
//! Short-lived ones are signed (JWT, RFC 7519, as RFC 9068 has them) and say all that they are good for. Here is what of
//! that needs neither randomness, nor a clock, nor keys.

mod claims;
mod presented;

pub use claims::{Claims, Expected, Fault, LONGEST_SECONDS, TYPE};
pub use presented::{ACCESS_PREFIX, Presented, SECRET_CHARS, SHORT_BYTES};
