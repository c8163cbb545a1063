//! How somebody is shown.

use chinwag_model::change::State;
use chinwag_model::permission::Action;
use chinwag_model::{User, UserId};

use super::Batch;
use super::{Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::names;
use crate::{Changed, Profile};

/// Changes one's own name and status.
#[derive(Clone)]
pub(crate) struct ChangeProfile {
    pub(crate) user: UserId,
    pub(crate) profile: Profile,
}

impl Command for ChangeProfile {
    type Answer = Changed;

    fn locks(&self, _database: &dyn Database, installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(installation.workspace).and(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Changed, Failed> {
        let mut user = batch.permit_anywhere(Action::ChangeProfile, self.user, None)?;
        let before = user.clone();
        let id = user.id;
        if let Some(name) = &self.profile.name
            && name.as_str() != user.name
        {
            names::release_user(batch.database(), id)?;
            names::claim_user(batch.database(), id, name)?;
            batch.write(
                r#"UPDATE "user" SET name = $1, sort_key = $2 WHERE id = $3"#,
                parameters![name.as_str(), &name.sort_key(), id],
            )?;
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
            batch.write(r#"UPDATE "user" SET status = $1 WHERE id = $2"#, parameters![&user.status, id])?;
        }
        batch.show(&before, user)
    }
}

/// Sets one's own picture, or takes it away.
#[derive(Clone)]
pub(crate) struct SetAvatar {
    pub(crate) user: UserId,
    pub(crate) png: Option<Vec<u8>>,
}

impl Command for SetAvatar {
    type Answer = Changed;

    fn locks(&self, _database: &dyn Database, installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(installation.workspace).and(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Changed, Failed> {
        let mut user = batch.permit_anywhere(Action::ChangeProfile, self.user, None)?;
        let before = user.clone();
        let id = user.id;
        match self.png {
            Some(png) => {
                // The row stays when a picture is taken away, so that no version is ever given twice.
                user.avatar = batch
                    .first(
                        r#"INSERT INTO avatar ("user", version, bytes) VALUES ($1, 1, $2)
                         ON CONFLICT ("user") DO UPDATE SET version = avatar.version + 1, bytes = $2
                         RETURNING version"#,
                        parameters![id, png.as_slice()],
                        |row| row.get(0),
                    )?
                    .ok_or_else(|| DatabaseError::malformed("a picture got no version"))?;
                batch.ask_for_thumbnails()?;
            }
            None => {
                user.avatar = 0;
                // Its small form goes with it, at once.
                batch.write(
                    r#"UPDATE avatar SET bytes = $1, thumbnail = $1, thumbnail_of = 0 WHERE "user" = $2"#,
                    parameters![&[][..], id],
                )?;
            }
        }
        batch.write(r#"UPDATE "user" SET avatar = $1 WHERE id = $2"#, parameters![user.avatar, id])?;
        batch.show(&before, user)
    }
}

impl Batch<'_> {
    /// Tells everybody how somebody is shown now, if that has changed. Their sessions go on.
    pub(super) fn show(&mut self, before: &User, user: User) -> Result<Changed, Failed> {
        let stale = self.stale_sessions(user.id)?;
        if *before != user {
            self.person_changes(user.id);
            let workspace = self.installation().workspace;
            let (rev, _) = self.next(workspace)?;
            self.record(workspace, rev, State::Person(user.clone()), None)?;
        }
        Ok(Changed { user, stale, ended: Vec::new() })
    }
}
