//! What those who keep order decide about somebody.

use chinwag_model::permission::{self, Action, Case};
use chinwag_model::{Line, Millis, Refusal, Role, RoomId, Standing, UserId};

use super::Batch;
use super::batch::Account;
use super::{Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::{Changed, Decision};

/// Decides about somebody.
#[derive(Clone)]
pub(crate) struct Decide {
    pub(crate) by: Option<UserId>,
    pub(crate) user: UserId,
    pub(crate) decision: Decision,
    pub(crate) reason: Line,
}

impl Command for Decide {
    type Answer = Changed;

    fn locks(&self, database: &dyn Database, installation: &Installation) -> Result<Locks, DatabaseError> {
        match self.decision {
            Decision::Mute(_) | Decision::Unmute => Ok(Locks::one(self.user)),
            Decision::Restore | Decision::SetRole(_) => Ok(Locks::one(installation.workspace).and(self.user)),
            // A guest is gone with their sessions.
            Decision::Suspend => {
                Ok(Locks::sessions_of(database, installation, self.user)?.and(installation.workspace))
            }
            Decision::Ban { .. } => {
                let made = rooms_made_by(database, self.user)?;
                Ok(Locks::whole_account(database, installation, self.user)?.and_all(made))
            }
        }
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Changed, Failed> {
        let Self { by, user, decision, reason } = self;
        let subject = batch.subject(action(&decision), by, user)?;
        let reason = reason.as_str();
        match decision {
            Decision::Mute(until) => {
                batch.set_muted(user, until)?;
                batch.audit(by, "person.muted", Some(user), None, reason)?;
            }
            Decision::Unmute => {
                batch.set_muted(user, Millis(0))?;
                batch.audit(by, "person.unmuted", Some(user), None, reason)?;
            }
            Decision::Suspend => {
                // It would be less than what they have, so it takes as much.
                if subject.standing == Standing::Banned {
                    batch.subject(Action::Ban, by, user)?;
                }
                batch.keep_an_owner(&subject)?;
                batch.set_standing(user, Standing::Suspended)?;
                batch.audit(by, "person.suspended", Some(user), None, reason)?;
            }
            Decision::Ban { remove_messages } => {
                batch.keep_an_owner(&subject)?;
                batch.set_standing(user, Standing::Banned)?;
                let remover = match by {
                    Some(by) => batch.account(by)?.user,
                    None => subject.user.clone(),
                };
                batch.depart_everywhere(&subject.user, Some(&remover))?;
                batch.write("UPDATE room SET maker_owns = 0 WHERE maker = $1", parameters![user])?;
                if remove_messages {
                    batch.begin_purge(user)?;
                }
                let action = if remove_messages { "person.banned_with_messages" } else { "person.banned" };
                batch.audit(by, action, Some(user), None, reason)?;
            }
            Decision::Restore if subject.standing == Standing::Active => {}
            Decision::Restore => {
                // Lifting a ban takes what banning takes, and leaves what is left of what they wrote.
                if subject.standing == Standing::Banned {
                    batch.subject(Action::Ban, by, user)?;
                    batch.end_purge(user)?;
                }
                batch.set_standing(user, Standing::Active)?;
                batch.audit(by, "person.restored", Some(user), None, reason)?;
            }
            Decision::SetRole(role) => return batch.set_role(by, &subject, role, reason),
        }
        let ended = match batch.account(user)?.standing {
            Standing::Active => Vec::new(),
            _ => batch.end_all_sessions(user, None)?,
        };
        if subject.user.role == Role::Guest && !ended.is_empty() {
            // Guests are gone after their session, whatever ends it.
            let gone = batch.retire(&subject.user)?;
            return Ok(Changed { user: gone, stale: Vec::new(), ended });
        }
        Ok(Changed { user: subject.user, stale: batch.stale_sessions(user)?, ended })
    }
}

/// What it takes.
const fn action(decision: &Decision) -> Action {
    match decision {
        Decision::Mute(_) | Decision::Unmute => Action::Mute,
        Decision::Suspend | Decision::Restore => Action::Suspend,
        Decision::Ban { .. } => Action::Ban,
        Decision::SetRole(_) => Action::SetRole,
    }
}

fn rooms_made_by(database: &dyn Database, user: UserId) -> Result<Vec<RoomId>, DatabaseError> {
    database.all("SELECT id FROM room WHERE maker = $1", parameters![user], |row| row.get(0))
}

impl Batch<'_> {
    /// Whom something is done to, if it may be. An operator may do everything, and nobody does it to themselves.
    pub(super) fn subject(
        &mut self,
        action: Action,
        by: Option<UserId>,
        user: UserId,
    ) -> Result<Account, Failed> {
        let actor = by.map(|by| self.actor(by)).transpose()?;
        let subject = self.account(user);
        if let Some(actor) = actor {
            // Who may not decide is not told who there is.
            let target = subject.as_ref().ok().filter(|_| by != Some(user)).map(|subject| subject.user.role);
            let target = if by == Some(user) { None } else { target.or(Some(Role::Guest)) };
            let case = Case::of(actor.user.role, actor.is_muted(self.now()));
            permission::check(action, Case { target, ..case })?;
        }
        let subject = subject?;
        if subject.standing == Standing::Gone {
            return Err(Refusal::UserUnknown.into());
        }
        Ok(subject)
    }

    /// Refuses to lose the last owner.
    pub(super) fn keep_an_owner(&self, subject: &Account) -> Result<(), Failed> {
        if subject.user.role != Role::Owner {
            return Ok(());
        }
        let others = self.exists(
            r#"SELECT 1 FROM "user" WHERE role IN (1, 2, 3) AND role = 3 AND standing = 0 AND id != $1 LIMIT 1"#,
            parameters![subject.user.id],
        )?;
        if others { Ok(()) } else { Err(Refusal::LastOwner.into()) }
    }

    fn set_muted(&mut self, user: UserId, until: Millis) -> Result<(), DatabaseError> {
        self.write(r#"UPDATE "user" SET muted_until = $1 WHERE id = $2"#, parameters![until, user])?;
        self.person_changes(user);
        Ok(())
    }

    fn set_standing(&mut self, user: UserId, standing: Standing) -> Result<(), DatabaseError> {
        self.write(r#"UPDATE "user" SET standing = $1 WHERE id = $2"#, parameters![standing, user])?;
        // A link that was made before must not bring them back.
        self.write(r#"DELETE FROM reset WHERE "user" = $1"#, parameters![user])?;
        self.person_changes(user);
        Ok(())
    }

    fn set_role(
        &mut self,
        by: Option<UserId>,
        subject: &Account,
        role: Role,
        reason: &str,
    ) -> Result<Changed, Failed> {
        if let Some(by) = by {
            // Nobody gives what is not below them, either.
            self.permit_anywhere(Action::SetRole, by, Some(role))?;
        }
        // Guests have no password, so they cannot stay, and nobody becomes one.
        if role == Role::Guest || subject.user.role == Role::Guest {
            return Err(Refusal::Forbidden.into());
        }
        if role != Role::Owner {
            self.keep_an_owner(subject)?;
        }
        let user = subject.user.id;
        self.write(r#"UPDATE "user" SET role = $1 WHERE id = $2"#, parameters![role, user])?;
        let change = format!("{} → {}", subject.user.role.as_str(), role.as_str());
        let detail = if reason.is_empty() { change } else { format!("{change}: {reason}") };
        self.audit(by, "person.role", Some(user), None, &detail)?;
        self.show(&subject.user, chinwag_model::User { role, ..subject.user.clone() })
    }
}
