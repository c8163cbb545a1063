//! The end of an account: what is left of it stands for the author of what it wrote.

use chinwag_model::change::State;
use chinwag_model::permission::Action;
use chinwag_model::{Role, RoomId, User, UserId};
use rusqlite::params;

use super::Batch;
use crate::Changed;
use crate::sqlite::names;
use crate::sqlite::rows::Id;
use crate::sqlite::writer::{Command, WriteError};

/// Deletes one's own account.
pub(in crate::sqlite) struct DeleteAccount {
    pub(in crate::sqlite) user: UserId,
    pub(in crate::sqlite) verified: String,
    pub(in crate::sqlite) remove_messages: bool,
}

impl Command for DeleteAccount {
    type Answer = Option<Changed>;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, WriteError> {
        let user = batch.permit_anywhere(Action::DeleteAccount, self.user, None)?;
        if !batch.has_password(self.user, &self.verified)? {
            return Ok(None);
        }
        let account = batch.account(self.user)?;
        batch.keep_an_owner(&account)?;
        if self.remove_messages {
            batch.begin_purge(self.user)?;
        }
        let ended = batch.end_all_sessions(self.user, None)?;
        let gone = batch.retire(&user)?;
        batch.audit(Some(self.user), "account.deleted", None, None, "")?;
        Ok(Some(Changed { user: gone, stale: Vec::new(), ended }))
    }
}

impl Batch<'_> {
    /// Makes somebody a former member or a former guest, whose sessions have ended.
    pub(super) fn retire(&mut self, user: &User) -> Result<User, WriteError> {
        self.depart_everywhere(user, None)?;
        let id = Id(user.id.0);
        names::release_user(self.connection(), id)?;
        let name = if user.role == Role::Guest { names::FORMER_GUEST } else { names::FORMER_MEMBER };
        let role = if user.role == Role::Guest { Role::Guest } else { Role::Member };
        self.sql(
            "UPDATE user SET name = ?1, sort_key = ?1, role = ?2, password_hash = '', standing = 3, muted_until = 0,
                    avatar = 0, status = '' WHERE id = ?3",
        )?
        .execute(params![name, crate::sqlite::rows::role_number(role), id])?;
        self.sql("UPDATE audit SET detail = '' WHERE actor = ? AND action = 'name.changed'")?
            .execute([id])?;
        self.sql("DELETE FROM avatar WHERE user = ?")?.execute([id])?;
        self.sql("DELETE FROM reset WHERE user = ?")?.execute([id])?;
        let gone =
            User { id: user.id, name: name.to_owned(), role, avatar: 0, status: String::new(), gone: true };
        self.person_changes(user.id);
        let workspace = self.installation().workspace;
        let (rev, _) = self.next(workspace)?;
        self.record(workspace, rev, State::Person(gone.clone()), None)?;
        Ok(gone)
    }

    /// Ends all of somebody's memberships: by themselves, or at the hands of `by`.
    pub(super) fn depart_everywhere(&mut self, user: &User, by: Option<&User>) -> Result<(), WriteError> {
        let rooms: Vec<RoomId> = self
            .sql("SELECT room FROM member WHERE user = ?")?
            .query_map([Id(user.id.0)], |row| row.get::<_, Id>(0).map(|id| RoomId(id.0)))?
            .collect::<rusqlite::Result<_>>()?;
        for room in rooms {
            self.depart(room, user, by)?;
        }
        Ok(())
    }
}
