//! Making an account.

use chinwag_model::{MemberRole, Refusal, StreamId, User};

use super::Batch;
use super::{Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::names;
use crate::rows;
use crate::{Entry, NewUser};

/// Makes an account, whose owner lands in the first room.
#[derive(Clone)]
pub(crate) struct CreateUser(pub(crate) NewUser);

impl Command for CreateUser {
    type Answer = User;

    fn locks(&self, _database: &dyn Database, installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(installation.workspace).and(installation.landing_room))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<User, Failed> {
        let new = self.0;
        match new.entry {
            Entry::Free => {}
            Entry::Operator => batch.audit(None, "account.made", Some(new.id), None, new.role.as_str())?,
            Entry::FirstAdministrator => {
                if batch
                    .exists(r#"SELECT 1 FROM "user" WHERE role IN (1, 2, 3) AND role != 2"#, parameters![])?
                {
                    return Err(Refusal::Forbidden.into());
                }
            }
            Entry::Invitation(key) => batch.use_invitation(key, new.id)?,
        }
        names::claim_user(batch.database(), new.id, &new.name)?;
        let user = User {
            id: new.id,
            name: new.name.as_str().to_owned(),
            role: new.role,
            avatar: 0,
            status: String::new(),
            gone: false,
        };
        let at = batch.now();
        batch.write(
            r#"INSERT INTO "user" (id, name, sort_key, role, password_hash, at)
             VALUES ($1, $2, $3, $4, $5, $6)"#,
            parameters![
                user.id,
                &user.name,
                &new.name.sort_key(),
                user.role,
                new.password_hash.as_deref().unwrap_or_default(),
                at
            ],
        )?;
        batch.person_changes(user.id);
        batch.create_stream(StreamId::from(user.id), rows::stream_kind::USER)?;
        if let Some(identity) = &new.identity {
            batch.claim_identity(user.id, identity)?;
        }
        if let Some(session) = new.session {
            batch.begin_session(user.id, &session)?;
        }
        let room = batch.room(batch.installation().landing_room)?;
        batch.enter(&room, &user, MemberRole::Member, None)?;
        Ok(user)
    }
}
