//! What administrators decide about the whole workspace.

use chinwag_model::permission::Action;
use chinwag_model::{UserId, WorkspaceSettings};

use super::Batch;
use crate::sqlite::writer::{Command, WriteError};

/// The key in `meta` under which the settings lie, as JSON.
pub(in crate::sqlite) const KEY: &str = "settings";

/// Changes the settings.
pub(in crate::sqlite) struct ChangeSettings {
    pub(in crate::sqlite) by: Option<UserId>,
    pub(in crate::sqlite) settings: WorkspaceSettings,
}

impl Command for ChangeSettings {
    type Answer = ();

    fn execute(self, batch: &mut Batch<'_>) -> Result<(), WriteError> {
        if let Some(by) = self.by {
            batch.permit_anywhere(Action::Settings, by, None)?;
        }
        let text = serde_json::to_string(&self.settings)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        batch
            .sql("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2")?
            .execute([KEY, &text])?;
        batch.audit(self.by, "settings.changed", None, None, &text)?;
        Ok(())
    }
}
