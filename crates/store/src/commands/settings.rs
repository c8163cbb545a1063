//! What administrators decide about the whole workspace.

use chinwag_model::permission::Action;
use chinwag_model::{UserId, WorkspaceSettings};

use super::Batch;
use super::{Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};

/// The key in `meta` under which the settings lie, as JSON.
pub(crate) const KEY: &str = "settings";

/// Changes the settings.
#[derive(Clone)]
pub(crate) struct ChangeSettings {
    pub(crate) by: Option<UserId>,
    pub(crate) settings: WorkspaceSettings,
}

impl Command for ChangeSettings {
    type Answer = ();

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<(), Failed> {
        if let Some(by) = self.by {
            batch.permit_anywhere(Action::Settings, by, None)?;
        }
        let text = serde_json::to_string(&self.settings).map_err(|error| DatabaseError(error.into()))?;
        batch.write(
            "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2",
            parameters![KEY, &text],
        )?;
        batch.audit(self.by, "settings.changed", None, None, &text)?;
        Ok(())
    }
}
