//! Whether somebody is who they say, as it is in the transaction that lets them in.

use chinwag_model::UserId;

use super::Batch;
use crate::database::{DatabaseError, parameters};
use crate::{Confirmation, FirstProof, Proof, SecondProof};

impl Batch<'_> {
    /// Whether what somebody has shown lets them into an account now. A code that they have shown is used up.
    pub(super) fn is_proven(&mut self, user: UserId, proof: &Proof) -> Result<bool, DatabaseError> {
        let known = match &proof.first {
            FirstProof::Password { verified, .. } => self.has_password(user, verified)?,
            FirstProof::Identity { issuer, subject, name } => {
                let known = self.execute(
                    r#"UPDATE identity SET name = $1 WHERE issuer = $2 AND subject = $3 AND "user" = $4"#,
                    parameters![name, issuer, subject, user],
                )?;
                known > 0
            }
        };
        if !known {
            return Ok(false);
        }
        match &proof.second {
            Some(second) => self.use_second(user, second),
            None => Ok(!self.has_second_factor(user)?),
        }
    }

    /// Whether what somebody has shown for what matters more is so now.
    pub(super) fn is_confirmed(
        &self,
        user: UserId,
        confirmation: &Confirmation,
    ) -> Result<bool, DatabaseError> {
        match confirmation {
            Confirmation::Password(verified) => self.has_password(user, verified),
            // An access token's is no sign that somebody has signed in, whenever it was made.
            Confirmation::SignedIn { session, since } => self.exists(
                r#"SELECT 1 FROM session JOIN "user" ON "user".id = session."user"
                   WHERE session.key = $1 AND session."user" = $2 AND session.at >= $3 AND session.scopes IS NULL
                     AND "user".password_hash = ''"#,
                parameters![session, user, *since],
            ),
        }
    }

    /// Whether somebody has a second factor.
    pub(super) fn has_second_factor(&self, user: UserId) -> Result<bool, DatabaseError> {
        self.exists(r#"SELECT 1 FROM authenticator WHERE "user" = $1"#, parameters![user])
    }

    /// Uses a code up, if it is good.
    pub(super) fn use_second(&mut self, user: UserId, second: &SecondProof) -> Result<bool, DatabaseError> {
        let used = match second {
            SecondProof::Code { secret, step } => self.execute(
                r#"UPDATE authenticator SET last_step = $1 WHERE "user" = $2 AND secret = $3 AND last_step < $1"#,
                parameters![*step, user, &secret.0[..]],
            )?,
            SecondProof::RecoveryCode(hash) => self.execute(
                r#"DELETE FROM recovery_code WHERE "user" = $1 AND hash = $2"#,
                parameters![user, &hash[..]],
            )?,
        };
        if used > 0 && matches!(second, SecondProof::RecoveryCode(_)) {
            self.audit(Some(user), "recovery_code.used", None, None, "")?;
        }
        Ok(used > 0)
    }

    /// Takes all ways in from somebody but their password, whose sessions have ended.
    pub(super) fn forget_ways_in(&mut self, user: UserId) -> Result<(), DatabaseError> {
        self.write(r#"DELETE FROM identity WHERE "user" = $1"#, parameters![user])?;
        self.forget_second_factor(user)
    }
}
