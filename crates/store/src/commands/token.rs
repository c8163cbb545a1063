//! Access tokens, which are sessions with scopes, and the keys by which short-lived ones are signed.

use chinwag_model::permission::Action;
use chinwag_model::{Millis, Refusal, SessionId, SessionKey, UserId};

use super::Batch;
use super::{Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::questions::{self, signing_keys};
use crate::{KEY_SIGNS, KEY_STAYS, NewSigningKey, NewToken, SigningKey, TOKENS_PER_USER};

/// Makes an access token.
#[derive(Clone)]
pub(crate) struct MakeToken {
    pub(crate) user: UserId,
    /// The session of whoever makes it: if their password is changed at that very moment, or they are signed out, nothing of
    /// theirs is left.
    pub(crate) by: SessionKey,
    pub(crate) token: NewToken,
}

impl Command for MakeToken {
    type Answer = bool;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<bool, Failed> {
        let Self { user, by, token } = self;
        batch.permit_anywhere(Action::OwnTokens, user, None)?;
        let has_session = batch.exists(
            r#"SELECT 1 FROM session WHERE key = $1 AND "user" = $2 AND scopes IS NULL AND expires_at > $3"#,
            parameters![&by, user, batch.now()],
        )?;
        if !has_session {
            return Ok(false);
        }
        if questions::count_tokens(batch.database(), user, batch.now())? >= TOKENS_PER_USER {
            return Err(Refusal::TooManyTokens.into());
        }
        let NewToken { key, name, scopes, ends_at } = token;
        // What was never used was used at 0.
        batch.write(
            r#"INSERT INTO session (key, "user", at, used_at, expires_at, ends_at, scopes, device, address, name)
             VALUES ($1, $2, $3, 0, $4, $4, $5, '', '', $6)"#,
            parameters![&key, user, batch.now(), ends_at, scopes.bits(), name.as_str()],
        )?;
        batch.audit(Some(user), "token.made", None, None, &format!("{}: {scopes}", name.as_str()))?;
        Ok(true)
    }
}

/// Ends an access token.
#[derive(Clone)]
pub(crate) struct RevokeToken {
    pub(crate) user: UserId,
    pub(crate) id: SessionId,
}

impl Command for RevokeToken {
    type Answer = SessionKey;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<SessionKey, Failed> {
        batch.permit_anywhere(Action::OwnTokens, self.user, None)?;
        let tokens: Vec<(SessionKey, String)> = batch.all(
            r#"SELECT key, name FROM session WHERE "user" = $1 AND scopes IS NOT NULL"#,
            parameters![self.user],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let meant = tokens.into_iter().find(|(key, _)| key.id() == self.id);
        let (key, name) = meant.ok_or(Refusal::TokenUnknown)?;
        batch.write("DELETE FROM session WHERE key = $1", parameters![&key])?;
        batch.sessions_ended(&[key])?;
        batch.audit(Some(self.user), "token.revoked", None, None, &name)?;
        Ok(key)
    }
}

/// Sees to it that there is a key that may sign.
#[derive(Clone)]
pub(crate) struct RenewSigningKey(pub(crate) NewSigningKey);

impl Command for RenewSigningKey {
    type Answer = Vec<SigningKey>;

    /// The workspace: of many nodes one brings the key, and the others find it.
    fn locks(&self, _database: &dyn Database, installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(installation.workspace))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, Failed> {
        // By the one clock: to a node that is ahead each key would seem to have had its time.
        let now = batch.clock()?;
        let keys = signing_keys(batch.database())?;
        if keys.first().is_none_or(|newest| newest.at.plus(KEY_SIGNS) <= now) {
            let NewSigningKey { id, secret } = self.0;
            batch.write(
                "INSERT INTO signing_key (id, at, secret) VALUES ($1, $2, $3)",
                parameters![id, now, &secret[..]],
            )?;
        }
        signing_keys(batch.database())
    }
}

impl Batch<'_> {
    /// Drops keys that are of no use any more: the next one was there for so long.
    pub(super) fn drop_signing_keys(&self) -> Result<(), DatabaseError> {
        let stays = i64::try_from(KEY_STAYS.as_millis()).unwrap_or(i64::MAX);
        self.write(
            "DELETE FROM signing_key WHERE EXISTS
               (SELECT 1 FROM signing_key AS next WHERE next.at > signing_key.at AND next.at <= $1)",
            parameters![Millis(self.clock()?.0.saturating_sub(stays))],
        )
    }
}
