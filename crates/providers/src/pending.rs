//! What is begun, and kept until the browser comes back.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::failure::Failure;

#[cfg(test)]
mod tests;

/// What is to be kept until the browser comes back, for one use: each is 43 characters of base64url, 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Pending {
    /// Comes back with the browser (RFC 6749, section 4.1.1). Keep this one as a hash if you look it up by it.
    pub state: String,
    /// Comes back in the ID token of OpenID Connect (OpenID Connect Core, section 3.1.2.1). Others do not know it.
    pub nonce: String,
    /// Proves that who fetches the token is who has begun (RFC 7636, section 4.1).
    pub verifier: String,
}

impl Pending {
    pub(crate) fn random() -> Result<Self, Failure> {
        Ok(Self { state: random()?, nonce: random()?, verifier: random()? })
    }

    /// What the provider is told of the verifier: S256 (RFC 7636, section 4.2).
    pub(crate) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.verifier.as_bytes()))
    }
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pending(…)")
    }
}

/// A sign-in that was begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Where to send the browser.
    pub url: String,
    /// What to keep meanwhile.
    pub pending: Pending,
}

fn random() -> Result<String, Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::unavailable(format!("the system gives no random numbers: {error}")))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
