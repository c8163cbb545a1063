//! A command's nonce together with a digest of what it asks for, so that a retry can be told from a misuse.

use chinwag_model::Nonce;
use sha2::{Digest, Sha256};

/// A command's own name and the digest of its content.
#[derive(Clone, Debug)]
pub struct Once {
    pub(crate) nonce: Nonce,
    pub(crate) digest: [u8; 8],
}

impl Once {
    /// Names a command. `parts` are everything that makes it this command and no other, its kind first; each is
    /// counted with its length, so that parts cannot run into each other.
    pub fn new(nonce: Nonce, parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let mut digest = [0; 8];
        for (to, from) in digest.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        Self { nonce, digest }
    }
}
