//! What a command holds still while it is carried out.
//!
//! On one machine one writer carries out one command after the other, and nothing else is needed. Where several nodes
//! write, a command first locks the streams that it will change, and those by which what it decides is kept still:
//!
//! | lock | what it keeps still |
//! |---|---|
//! | a room's stream | the room, its members, its messages, and their nonces |
//! | a user's stream | their account, their memberships as a whole, their sessions |
//! | the workspace's stream | all names, and who owns the workspace |
//!
//! All are taken at once, in the order of their ids, so that no two commands wait for each other.

use chinwag_model::{Role, RoomId, SessionKey, StreamId, UserId};

use super::Installation;
use crate::database::{Database, DatabaseError, parameters};

/// The streams that a command locks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locks(Vec<StreamId>);

impl Locks {
    /// None.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// One stream.
    pub(crate) fn one(stream: impl Into<StreamId>) -> Self {
        Self::none().and(stream)
    }

    /// And another.
    pub(crate) fn and(mut self, stream: impl Into<StreamId>) -> Self {
        self.0.push(stream.into());
        self
    }

    /// And all of these.
    pub(crate) fn and_all(mut self, streams: impl IntoIterator<Item = impl Into<StreamId>>) -> Self {
        self.0.extend(streams.into_iter().map(Into::into));
        self
    }

    /// And these.
    pub(crate) fn and_these(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// All that the end of an account touches.
    pub(crate) fn whole_account(
        database: &dyn Database,
        installation: &Installation,
        user: UserId,
    ) -> Result<Self, DatabaseError> {
        let rooms = rooms_of(database, user)?;
        Ok(Self::one(installation.workspace).and(user).and_all(rooms))
    }

    /// What the end of this session touches: its owner, and all of them if they are a guest, who goes with it.
    pub(crate) fn session(
        database: &dyn Database,
        installation: &Installation,
        key: &SessionKey,
    ) -> Result<Self, DatabaseError> {
        let owner = database.first(
            r#"SELECT session."user" FROM session WHERE session.key = $1"#,
            parameters![key],
            |row| row.get(0),
        )?;
        owner.map_or(Ok(Self::none()), |owner| Self::sessions_of(database, installation, owner))
    }

    /// What the end of sessions of this user touches, likewise.
    pub(crate) fn sessions_of(
        database: &dyn Database,
        installation: &Installation,
        user: UserId,
    ) -> Result<Self, DatabaseError> {
        let role: Option<Role> =
            database
                .first(r#"SELECT role FROM "user" WHERE id = $1"#, parameters![user], |row| row.get(0))?;
        if role == Some(Role::Guest) {
            Self::whole_account(database, installation, user)
        } else {
            Ok(Self::one(user))
        }
    }

    /// The streams in the order in which they are locked, each once.
    pub(crate) fn in_order(mut self) -> Vec<StreamId> {
        self.0.sort_unstable();
        self.0.dedup();
        self.0
    }
}

/// The rooms that somebody is in.
pub(super) fn rooms_of(database: &dyn Database, user: UserId) -> Result<Vec<RoomId>, DatabaseError> {
    database.all(r#"SELECT room FROM member WHERE "user" = $1"#, parameters![user], |row| row.get(0))
}
