//! Making an account.

use chinwag_model::{MemberRole, Refusal, StreamId, User};
use rusqlite::params;

use super::Batch;
use crate::sqlite::names;
use crate::sqlite::rows::{self, Id, role_number};
use crate::sqlite::writer::{Command, WriteError};
use crate::{Entry, NewUser};

/// Makes an account, whose owner lands in the first room.
pub(in crate::sqlite) struct CreateUser(pub(in crate::sqlite) NewUser);

impl Command for CreateUser {
    type Answer = User;

    fn execute(self, batch: &mut Batch<'_>) -> Result<User, WriteError> {
        let new = self.0;
        match new.entry {
            Entry::Free => {}
            Entry::Operator => batch.audit(None, "account.made", Some(new.id), None, new.role.as_str())?,
            Entry::FirstAdministrator => {
                if batch.sql("SELECT 1 FROM user WHERE role IN (1, 2, 3) AND role != 2")?.exists([])? {
                    return Err(Refusal::Forbidden.into());
                }
            }
            Entry::Invitation(key) => batch.use_invitation(key, new.id)?,
        }
        names::claim_user(batch.connection(), Id(new.id.0), &new.name)?;
        let user = User {
            id: new.id,
            name: new.name.as_str().to_owned(),
            role: new.role,
            avatar: 0,
            status: String::new(),
            gone: false,
        };
        let at = batch.now();
        batch
            .sql("INSERT INTO user (id, name, sort_key, role, password_hash, at) VALUES (?, ?, ?, ?, ?, ?)")?
            .execute(params![
                Id(user.id.0),
                user.name,
                new.name.sort_key(),
                role_number(user.role),
                new.password_hash.unwrap_or_default(),
                at.0
            ])?;
        batch.person_changes(user.id);
        batch.create_stream(StreamId::from(user.id), rows::stream_kind::USER)?;
        if let Some(session) = new.session {
            batch.begin_session(user.id, &session)?;
        }
        let room = batch.room(batch.installation().landing_room)?;
        batch.enter(&room, &user, MemberRole::Member, None)?;
        Ok(user)
    }
}
