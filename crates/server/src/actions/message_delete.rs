//! Deleting a message.

use chinwag_model::{Rev, RoomId, Scope};
use serde::Deserialize;

use super::{Action, At, Needs, once};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Takes a message's text away and leaves its place.
#[derive(Deserialize)]
pub(crate) struct MessageDelete {
    pub(crate) room: RoomId,
    pub(crate) seq: Rev,
    pub(crate) nonce: Option<String>,
}

impl Action for MessageDelete {
    const EVENT: &'static str = "message:delete";
    const NEEDS: Needs = Needs::Scope(Scope::Post);
    type Answer = At;

    async fn act(self, app: &App, who: &Who) -> Result<At, Error> {
        limits::take(app, Limited::Message(&who.user)).await?;
        let once = once(self.nonce, &[Self::EVENT.as_bytes(), &self.seq.0.to_le_bytes()])?;
        Ok(At { rev: app.store.delete(self.room, self.seq, who.user.id, once).await? })
    }
}
