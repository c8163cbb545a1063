//! Editing a message.

use chinwag_model::{MessageText, Rev, RoomId, Scope};
use chinwag_store::Edit;
use serde::Deserialize;

use super::{Action, At, Needs, once};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Replaces a message's text.
#[derive(Deserialize)]
pub(crate) struct MessageEdit {
    pub(crate) room: RoomId,
    pub(crate) seq: Rev,
    pub(crate) version: Rev,
    pub(crate) text: String,
    pub(crate) nonce: Option<String>,
}

impl Action for MessageEdit {
    const EVENT: &'static str = "message:edit";
    const NEEDS: Needs = Needs::Scope(Scope::Post);
    type Answer = At;

    async fn act(self, app: &App, who: &Who) -> Result<At, Error> {
        limits::take(app, Limited::Message(&who.user)).await?;
        let text = MessageText::parse(self.text)?;
        let (seq, version) = (self.seq.0.to_le_bytes(), self.version.0.to_le_bytes());
        let once = once(self.nonce, &[Self::EVENT.as_bytes(), &seq, &version, text.as_str().as_bytes()])?;
        let edit = Edit { room: self.room, seq: self.seq, version: self.version, by: who.user.id, text };
        Ok(At { rev: app.store.edit(edit, once).await? })
    }
}
