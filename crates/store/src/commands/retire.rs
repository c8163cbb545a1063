//! The end of an account: what is left of it stands for the author of what it wrote.

use chinwag_model::change::State;
use chinwag_model::permission::Action;
use chinwag_model::{Role, User, UserId};

use super::Batch;
use super::locks::rooms_of;
use super::{Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::names;
use crate::{Changed, Confirmation};

/// Deletes one's own account.
#[derive(Clone)]
pub(crate) struct DeleteAccount {
    pub(crate) user: UserId,
    pub(crate) confirmation: Confirmation,
    pub(crate) remove_messages: bool,
}

impl Command for DeleteAccount {
    type Answer = Option<Changed>;

    fn locks(&self, database: &dyn Database, installation: &Installation) -> Result<Locks, DatabaseError> {
        Locks::whole_account(database, installation, self.user)
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, Failed> {
        let user = batch.permit_anywhere(Action::DeleteAccount, self.user, None)?;
        if !batch.is_confirmed(self.user, &self.confirmation)? {
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
    pub(super) fn retire(&mut self, user: &User) -> Result<User, Failed> {
        self.depart_everywhere(user, None)?;
        let id = user.id;
        names::release_user(self.database(), id)?;
        let name = if user.role == Role::Guest { names::FORMER_GUEST } else { names::FORMER_MEMBER };
        let role = if user.role == Role::Guest { Role::Guest } else { Role::Member };
        self.write(
            r#"UPDATE "user" SET name = $1, sort_key = $1, role = $2, password_hash = '',
                    standing = 3, muted_until = 0, avatar = 0, status = '' WHERE id = $3"#,
            parameters![name, role, id],
        )?;
        self.write(
            "UPDATE audit SET detail = '' WHERE actor = $1 AND action = 'name.changed'",
            parameters![id],
        )?;
        self.write(r#"DELETE FROM avatar WHERE "user" = $1"#, parameters![id])?;
        self.write(r#"DELETE FROM reset WHERE "user" = $1"#, parameters![id])?;
        self.forget_ways_in(id)?;
        let gone =
            User { id: user.id, name: name.to_owned(), role, avatar: 0, status: String::new(), gone: true };
        self.person_changes(user.id);
        let workspace = self.installation().workspace;
        let (rev, _) = self.next(workspace)?;
        self.record(workspace, rev, State::Person(gone.clone()), None)?;
        Ok(gone)
    }

    /// Ends all of somebody's memberships: by themselves, or at the hands of `by`.
    pub(super) fn depart_everywhere(&mut self, user: &User, by: Option<&User>) -> Result<(), Failed> {
        for room in rooms_of(self.database(), user.id)? {
            self.depart(room, user, by)?;
        }
        Ok(())
    }
}
