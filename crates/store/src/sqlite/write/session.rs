//! Sessions.

use chinwag_model::{Role, SessionKey, Standing, UserId};
use rusqlite::{OptionalExtension, params};

use super::Batch;
use crate::sqlite::rows::Id;
use crate::sqlite::writer::{Command, WriteError};
use crate::{Changed, NewSession, SESSIONS_PER_USER, Use, Which};

/// Most sessions that one sweep ends, so that no post waits for it.
const SWEPT: i64 = 200;

/// Begins a session.
pub(in crate::sqlite) struct CreateSession {
    pub(in crate::sqlite) user: UserId,
    pub(in crate::sqlite) verified: String,
    pub(in crate::sqlite) fresh: Option<String>,
    pub(in crate::sqlite) session: NewSession,
}

impl Command for CreateSession {
    type Answer = Option<Vec<SessionKey>>;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, WriteError> {
        batch.actor(self.user)?;
        if !batch.has_password(self.user, &self.verified)? {
            return Ok(None);
        }
        if let Some(fresh) = self.fresh {
            batch
                .sql("UPDATE user SET password_hash = ? WHERE id = ?")?
                .execute(params![fresh, Id(self.user.0)])?;
        }
        batch.begin_session(self.user, &self.session).map(Some).map_err(Into::into)
    }
}

/// Notes that a session was used.
pub(in crate::sqlite) struct UseSession(pub(in crate::sqlite) Use);

impl Command for UseSession {
    type Answer = bool;

    fn execute(self, batch: &mut Batch<'_>) -> Result<bool, WriteError> {
        let Use { key, expires_at, device, address } = self.0;
        let used = batch
            .sql(
                "UPDATE session SET expires_at = min(?1, ends_at), used_at = ?2, device = ?3, address = ?4
                 WHERE key = ?5 AND expires_at > ?2",
            )?
            .execute(params![expires_at.0, batch.now().0, device, address, key.0])?;
        Ok(used > 0)
    }
}

/// Ends a session, and a guest with it.
pub(in crate::sqlite) struct EndSession(pub(in crate::sqlite) SessionKey);

impl Command for EndSession {
    type Answer = Option<Changed>;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, WriteError> {
        let user = batch
            .sql("DELETE FROM session WHERE key = ? RETURNING user")?
            .query_row([self.0.0], |row| row.get::<_, Id>(0))
            .optional()?;
        let Some(user) = user.map(|id| UserId(id.0)) else { return Ok(None) };
        batch.farewell_to_guest(user)?;
        let user = batch.account(user)?.user;
        Ok(Some(Changed { user, stale: Vec::new(), ended: vec![self.0] }))
    }
}

/// Ends some of somebody's own sessions.
pub(in crate::sqlite) struct EndSessions {
    pub(in crate::sqlite) user: UserId,
    pub(in crate::sqlite) which: Which,
}

impl Command for EndSessions {
    type Answer = Vec<SessionKey>;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Vec<SessionKey>, WriteError> {
        let keys = batch.session_keys(self.user)?;
        let meant = keys.into_iter().filter(|key| match self.which {
            Which::One(id) => key.id() == id,
            Which::AllBut(keep) => *key != keep,
        });
        let meant: Vec<SessionKey> = meant.collect();
        for key in &meant {
            batch.sql("DELETE FROM session WHERE key = ?")?.execute([key.0])?;
        }
        batch.farewell_to_guest(self.user)?;
        Ok(meant)
    }
}

/// Ends some of the sessions whose time is over.
pub(in crate::sqlite) struct SweepSessions;

impl Command for SweepSessions {
    type Answer = Vec<SessionKey>;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Vec<SessionKey>, WriteError> {
        let over: Vec<(SessionKey, UserId)> = batch
            .sql(
                "DELETE FROM session WHERE key IN (SELECT key FROM session WHERE expires_at <= ? LIMIT ?)
                 RETURNING key, user",
            )?
            .query_map([batch.now().0, SWEPT], |row| {
                Ok((SessionKey(row.get(0)?), UserId(row.get::<_, Id>(1)?.0)))
            })?
            .collect::<rusqlite::Result<_>>()?;
        for (_, user) in &over {
            batch.farewell_to_guest(*user)?;
        }
        Ok(over.into_iter().map(|(key, _)| key).collect())
    }
}

impl Batch<'_> {
    /// Begins a session. Answers which ended for it.
    pub(super) fn begin_session(
        &self,
        user: UserId,
        session: &NewSession,
    ) -> rusqlite::Result<Vec<SessionKey>> {
        let now = self.now().0;
        self.sql(
            "INSERT INTO session (key, user, at, used_at, expires_at, ends_at, device, address)
             VALUES (?1, ?2, ?3, ?3, min(?4, ?5), ?5, ?6, ?7)",
        )?
        .execute(params![
            session.key.0,
            Id(user.0),
            now,
            session.expires_at.0,
            session.ends_at.0,
            session.device,
            session.address
        ])?;
        let mut too_many = self.sql(
            "DELETE FROM session WHERE key IN
               (SELECT key FROM session WHERE user = ? AND key != ? ORDER BY used_at DESC LIMIT -1 OFFSET ?)
             RETURNING key",
        )?;
        let kept = i64::try_from(SESSIONS_PER_USER - 1).unwrap_or(i64::MAX);
        too_many
            .query_map(params![Id(user.0), session.key.0, kept], |row| row.get(0).map(SessionKey))?
            .collect()
    }

    /// The keys of all of somebody's sessions.
    pub(super) fn session_keys(&self, user: UserId) -> rusqlite::Result<Vec<SessionKey>> {
        self.sql("SELECT key FROM session WHERE user = ?")?
            .query_map([Id(user.0)], |row| row.get(0).map(SessionKey))?
            .collect()
    }

    /// Ends all of somebody's sessions but one; answers their keys.
    pub(super) fn end_all_sessions(
        &self,
        user: UserId,
        keep: Option<SessionKey>,
    ) -> rusqlite::Result<Vec<SessionKey>> {
        let keep = keep.map(|key| key.0);
        self.sql("DELETE FROM session WHERE user = ?1 AND (?2 IS NULL OR key != ?2) RETURNING key")?
            .query_map(params![Id(user.0), keep], |row| row.get(0).map(SessionKey))?
            .collect()
    }

    /// Lets a guest go who has no session any more.
    fn farewell_to_guest(&mut self, user: UserId) -> Result<(), WriteError> {
        let account = self.account(user)?;
        if account.user.role == Role::Guest
            && account.standing != Standing::Gone
            && !self.sql("SELECT 1 FROM session WHERE user = ?")?.exists([Id(user.0)])?
        {
            self.retire(&account.user)?;
        }
        Ok(())
    }
}
