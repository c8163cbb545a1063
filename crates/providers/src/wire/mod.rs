//! What providers send, read: pure functions over bytes, which are fuzzed. Whoever wants to sign people in has no use for them.
//!
//! | module | what it reads |
//! |---|---|
//! | [`token`] | the answer to a code (RFC 6749, section 5) |
//! | [`complaint`] | errors, in the forms that there are |
//! | [`discovery`] | what an issuer says of itself (OpenID Connect Discovery, section 4.2) |
//! | [`keys`] | its keys (RFC 7517) |
//! | [`id_token`] | an ID token and whether it is signed by one of them (RFC 7515) |
//! | [`claims`] | what it says, and whether it is meant for us (OpenID Connect Core, section 3.1.3.7) |

pub mod claims;
pub mod complaint;
pub mod discovery;
pub mod id_token;
pub mod keys;
pub mod token;

/// Why something that a provider sent cannot be used: for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(pub(crate) String);

impl Unusable {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}
