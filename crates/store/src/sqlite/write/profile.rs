//! How somebody is shown.

use chinwag_model::change::State;
use chinwag_model::permission::Action;
use chinwag_model::{User, UserId};
use rusqlite::params;

use super::Batch;
use crate::sqlite::names;
use crate::sqlite::rows::Id;
use crate::sqlite::writer::{Command, WriteError};
use crate::{Changed, Profile};

/// Changes one's own name and status.
pub(in crate::sqlite) struct ChangeProfile {
    pub(in crate::sqlite) user: UserId,
    pub(in crate::sqlite) profile: Profile,
}

impl Command for ChangeProfile {
    type Answer = Changed;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Changed, WriteError> {
        let mut user = batch.permit_anywhere(Action::ChangeProfile, self.user, None)?;
        let before = user.clone();
        let id = Id(user.id.0);
        if let Some(name) = &self.profile.name
            && name.as_str() != user.name
        {
            names::release_user(batch.connection(), id)?;
            names::claim_user(batch.connection(), id, name)?;
            batch.sql("UPDATE user SET name = ?, sort_key = ? WHERE id = ?")?.execute(params![
                name.as_str(),
                name.sort_key(),
                id
            ])?;
            batch.audit(
                Some(user.id),
                "name.changed",
                None,
                None,
                &format!("{} → {}", user.name, name.as_str()),
            )?;
            user.name = name.as_str().to_owned();
        }
        if let Some(status) = self.profile.status {
            user.status = status.into_string();
            batch.sql("UPDATE user SET status = ? WHERE id = ?")?.execute(params![user.status, id])?;
        }
        batch.show(&before, user)
    }
}

/// Sets one's own picture, or takes it away.
pub(in crate::sqlite) struct SetAvatar {
    pub(in crate::sqlite) user: UserId,
    pub(in crate::sqlite) png: Option<Vec<u8>>,
}

impl Command for SetAvatar {
    type Answer = Changed;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Changed, WriteError> {
        let mut user = batch.permit_anywhere(Action::ChangeProfile, self.user, None)?;
        let before = user.clone();
        let id = Id(user.id.0);
        match self.png {
            Some(png) => {
                // The row stays when a picture is taken away, so that no version is ever given twice.
                user.avatar = batch
                    .sql(
                        "INSERT INTO avatar (user, version, bytes) VALUES (?1, 1, ?2)
                         ON CONFLICT DO UPDATE SET version = version + 1, bytes = ?2 RETURNING version",
                    )?
                    .query_row(params![id, png], |row| row.get(0))?;
            }
            None => {
                user.avatar = 0;
                batch.sql("UPDATE avatar SET bytes = x'' WHERE user = ?")?.execute([id])?;
            }
        }
        batch.sql("UPDATE user SET avatar = ? WHERE id = ?")?.execute(params![user.avatar, id])?;
        batch.show(&before, user)
    }
}

impl Batch<'_> {
    /// Tells everybody how somebody is shown now, if that has changed. Their sessions go on.
    pub(super) fn show(&mut self, before: &User, user: User) -> Result<Changed, WriteError> {
        let stale = self.session_keys(user.id)?;
        if *before != user {
            self.person_changes(user.id);
            let workspace = self.installation().workspace;
            let (rev, _) = self.next(workspace)?;
            self.record(workspace, rev, State::Person(user.clone()), None)?;
        }
        Ok(Changed { user, stale, ended: Vec::new() })
    }
}
