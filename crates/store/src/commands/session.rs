//! Sessions.

use chinwag_model::{Millis, Role, SessionKey, Standing, UserId};

use super::Batch;
use super::{Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::{Changed, FirstProof, NewSession, Proof, SESSIONS_PER_USER, Use, Which};

/// Most sessions that one sweep ends, so that no post waits for it.
const SWEPT: i64 = 200;

/// Begins a session.
#[derive(Clone)]
pub(crate) struct CreateSession {
    pub(crate) user: UserId,
    pub(crate) proof: Proof,
    pub(crate) session: NewSession,
}

impl Command for CreateSession {
    type Answer = Option<Vec<SessionKey>>;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, Failed> {
        batch.actor(self.user)?;
        if !batch.is_proven(self.user, &self.proof)? {
            return Ok(None);
        }
        if let FirstProof::Password { fresh: Some(fresh), .. } = &self.proof.first {
            batch.write(
                r#"UPDATE "user" SET password_hash = $1 WHERE id = $2"#,
                parameters![fresh, self.user],
            )?;
        }
        batch.begin_session(self.user, &self.session).map(Some).map_err(Into::into)
    }
}

/// Notes that a session was used.
#[derive(Clone)]
pub(crate) struct UseSession(pub(crate) Use);

impl Command for UseSession {
    type Answer = bool;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<bool, Failed> {
        let Use { key, expires_at, device, address } = self.0;
        let used = batch.execute(
            "UPDATE session SET expires_at = CASE WHEN ends_at < $1 THEN ends_at ELSE $1 END,
                   used_at = $2, device = $3, address = $4
                 WHERE key = $5 AND expires_at > $2",
            parameters![expires_at, batch.now(), &device, &address, &key],
        )?;
        Ok(used > 0)
    }
}

/// Ends a session, and a guest with it.
#[derive(Clone)]
pub(crate) struct EndSession(pub(crate) SessionKey);

impl Command for EndSession {
    type Answer = Option<Changed>;

    fn locks(&self, database: &dyn Database, installation: &Installation) -> Result<Locks, DatabaseError> {
        Locks::session(database, installation, &self.0)
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, Failed> {
        let user = batch.first(
            r#"DELETE FROM session WHERE key = $1 RETURNING "user""#,
            parameters![&self.0],
            |row| row.get::<UserId>(0),
        )?;
        let Some(user) = user else { return Ok(None) };
        batch.sessions_ended(&[self.0])?;
        batch.farewell_to_guest(user)?;
        let user = batch.account(user)?.user;
        Ok(Some(Changed { user, stale: Vec::new(), ended: vec![self.0] }))
    }
}

/// Ends some of somebody's own sessions.
#[derive(Clone)]
pub(crate) struct EndSessions {
    pub(crate) user: UserId,
    pub(crate) which: Which,
}

impl Command for EndSessions {
    type Answer = Vec<SessionKey>;

    fn locks(&self, database: &dyn Database, installation: &Installation) -> Result<Locks, DatabaseError> {
        Locks::sessions_of(database, installation, self.user)
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Vec<SessionKey>, Failed> {
        // Access tokens are revoked.
        let keys: Vec<SessionKey> = batch.all(
            r#"SELECT key FROM session WHERE "user" = $1 AND scopes IS NULL"#,
            parameters![self.user],
            |row| row.get(0),
        )?;
        let meant = keys.into_iter().filter(|key| match self.which {
            Which::One(id) => key.id() == id,
            Which::AllBut(keep) => *key != keep,
        });
        let meant: Vec<SessionKey> = meant.collect();
        for key in &meant {
            batch.write("DELETE FROM session WHERE key = $1", parameters![key])?;
        }
        batch.sessions_ended(&meant)?;
        batch.farewell_to_guest(self.user)?;
        Ok(meant)
    }
}

/// Ends some of the sessions whose time is over.
#[derive(Clone)]
pub(crate) struct SweepSessions {
    /// Whose time was over then.
    pub(crate) at: Millis,
}

impl Command for SweepSessions {
    type Answer = Vec<SessionKey>;

    fn locks(&self, database: &dyn Database, installation: &Installation) -> Result<Locks, DatabaseError> {
        let owners: Vec<UserId> = database.all(
            r#"SELECT "user" FROM session WHERE expires_at <= $1 ORDER BY expires_at, key LIMIT $2"#,
            parameters![self.at, SWEPT],
            |row| row.get(0),
        )?;
        let mut locks = Locks::none();
        for owner in owners {
            locks = locks.and_these(Locks::sessions_of(database, installation, owner)?);
        }
        Ok(locks)
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Vec<SessionKey>, Failed> {
        let over: Vec<(SessionKey, UserId)> = batch.all(
            r#"DELETE FROM session WHERE key IN
                   (SELECT key FROM session WHERE expires_at <= $1 ORDER BY expires_at, key LIMIT $2)
                 RETURNING key, "user""#,
            parameters![self.at, SWEPT],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        for (_, user) in &over {
            batch.farewell_to_guest(*user)?;
        }
        let keys: Vec<SessionKey> = over.into_iter().map(|(key, _)| key).collect();
        batch.sessions_ended(&keys)?;
        Ok(keys)
    }
}

impl Batch<'_> {
    /// Begins a session. Answers which ended for it.
    pub(super) fn begin_session(
        &mut self,
        user: UserId,
        session: &NewSession,
    ) -> Result<Vec<SessionKey>, DatabaseError> {
        self.write(
            r#"INSERT INTO session (key, "user", at, used_at, expires_at, ends_at, device, address)
             VALUES ($1, $2, $3, $3, $4, $5, $6, $7)"#,
            parameters![
                &session.key,
                user,
                self.now(),
                session.expires_at.min(session.ends_at),
                session.ends_at,
                &session.device,
                &session.address
            ],
        )?;
        // The limit is far more than anybody can have.
        let ended: Vec<SessionKey> = self.all(
            r#"DELETE FROM session WHERE key IN
               (SELECT key FROM session WHERE "user" = $1 AND key != $2 AND scopes IS NULL
                ORDER BY used_at DESC LIMIT 1000000 OFFSET $3)
             RETURNING key"#,
            parameters![user, &session.key, SESSIONS_PER_USER - 1],
            |row| row.get(0),
        )?;
        self.sessions_ended(&ended)?;
        Ok(ended)
    }

    /// The keys of all of somebody's sessions.
    pub(super) fn session_keys(&self, user: UserId) -> Result<Vec<SessionKey>, DatabaseError> {
        self.all(r#"SELECT key FROM session WHERE "user" = $1"#, parameters![user], |row| row.get(0))
    }

    /// The same, after a change of what is known with each of them.
    pub(super) fn stale_sessions(&mut self, user: UserId) -> Result<Vec<SessionKey>, DatabaseError> {
        let keys = self.session_keys(user)?;
        self.sessions_changed(&keys)?;
        Ok(keys)
    }

    /// Ends all of somebody's sessions but one; answers their keys.
    pub(super) fn end_all_sessions(
        &mut self,
        user: UserId,
        keep: Option<SessionKey>,
    ) -> Result<Vec<SessionKey>, DatabaseError> {
        // No key is empty.
        let keep = keep.as_ref().map_or(&[][..], |key| &key.0);
        let ended: Vec<SessionKey> = self.all(
            r#"DELETE FROM session WHERE "user" = $1 AND key != $2 RETURNING key"#,
            parameters![user, keep],
            |row| row.get(0),
        )?;
        self.sessions_ended(&ended)?;
        Ok(ended)
    }

    /// Lets a guest go who has no session any more.
    fn farewell_to_guest(&mut self, user: UserId) -> Result<(), Failed> {
        let account = self.account(user)?;
        if account.user.role == Role::Guest
            && account.standing != Standing::Gone
            && !self.exists(r#"SELECT 1 FROM session WHERE "user" = $1"#, parameters![user])?
        {
            self.retire(&account.user)?;
        }
        Ok(())
    }
}
