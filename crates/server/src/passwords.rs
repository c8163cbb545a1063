//! Passwords: hashed with argon2id, off the runtime's threads, a few at once.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use chinwag_model::{Password, Refusal};

use crate::error::Error;
use crate::work::Workers;

#[cfg(test)]
mod tests;

/// A hash that no password has, with today's parameters: compared with where there is no account, so that the answer
/// takes the same time.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlz$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and checks passwords.
#[derive(Clone)]
pub(crate) struct Passwords(Workers);

impl Passwords {
    /// On these threads.
    pub(crate) fn new(workers: Workers) -> Self {
        Self(workers)
    }

    /// Whether a hash was made with other parameters than one that is made today. What is no hash is left alone.
    pub(crate) fn is_outdated(hash: &str) -> bool {
        let today = Argon2::default();
        let params = today.params();
        PasswordHash::new(hash).is_ok_and(|hash| {
            let known = |name: &str| hash.params.get_decimal(name);
            known("m") != Some(params.m_cost())
                || known("t") != Some(params.t_cost())
                || known("p") != Some(params.p_cost())
        })
    }

    /// A new password's hash in PHC form, with a salt of its own.
    ///
    /// # Errors
    /// `password_common`, or there is too much to do.
    pub(crate) async fn hash(&self, password: Password) -> Result<String, Error> {
        let hashed = self.0.work(move || {
            if password.is_common() {
                return Err(Refusal::PasswordCommon.into());
            }
            let hash = Argon2::default().hash_password(password.expose());
            hash.map(|hash| hash.to_string()).map_err(|error| {
                tracing::error!(%error, "a password could not be hashed");
                Error::Internal
            })
        });
        hashed.await?
    }

    /// Whether a password has this hash; `None` takes as long and is never so.
    pub(crate) async fn check(&self, password: Password, hash: Option<String>) -> Result<bool, Error> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.into());
        let fits = self.0.work(move || {
            PasswordHash::new(&hash)
                .is_ok_and(|hash| Argon2::default().verify_password(password.expose(), &hash).is_ok())
        });
        Ok(fits.await? && known)
    }
}
