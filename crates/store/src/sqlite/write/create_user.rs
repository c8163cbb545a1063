//! Making an account.

use chinwag_model::{MemberRole, Refusal, StreamId, User};
use rusqlite::{OptionalExtension, params};

use super::Batch;
use crate::NewUser;
use crate::sqlite::rows::{self, Id, role_number};
use crate::sqlite::writer::{Command, WriteError};

/// Makes an account, whose owner lands in the first room.
pub(in crate::sqlite) struct CreateUser(pub(in crate::sqlite) NewUser);

impl Command for CreateUser {
    type Answer = User;

    fn execute(self, batch: &mut Batch<'_>) -> Result<User, WriteError> {
        let new = self.0;
        if new.only_as_first_administrator && batch.sql("SELECT 1 FROM user WHERE role = 1")?.exists([])? {
            return Err(Refusal::Forbidden.into());
        }
        for look in new.name.looks() {
            let taken = batch
                .sql("INSERT INTO user_look (look, user) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET user = user RETURNING user")?
                .query_row(params![look, Id(new.id.0)], |row| row.get::<_, Id>(0))
                .optional()?
                .is_some_and(|holder| holder.0 != new.id.0);
            if taken {
                return Err(Refusal::NameTaken.into());
            }
        }
        let user = User { id: new.id, name: new.name.as_str().to_owned(), role: new.role };
        let at = batch.now();
        batch
            .sql("INSERT INTO user (id, name, role, password_hash, at) VALUES (?, ?, ?, ?, ?)")?
            .execute(params![Id(user.id.0), user.name, role_number(user.role), new.password_hash, at.0])?;
        batch.create_stream(StreamId::from(user.id), rows::stream_kind::USER)?;
        if let Some(session) = new.session {
            batch.begin_session(user.id, &session)?;
        }
        let room = batch.room(batch.installation().landing_room)?;
        batch.enter(&room, &user, MemberRole::Member)?;
        Ok(user)
    }
}
