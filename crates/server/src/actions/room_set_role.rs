//! Making a member an owner of a room, or an owner a member.

use chinwag_model::{MemberRole, RoomId, Scope, UserId};
use serde::Deserialize;

use super::{Action, At, Needs, once};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Gives a member another role in a room.
#[derive(Deserialize)]
pub(crate) struct RoomSetRole {
    pub(crate) room: RoomId,
    pub(crate) user: UserId,
    pub(crate) role: MemberRole,
    pub(crate) nonce: Option<String>,
}

impl Action for RoomSetRole {
    const EVENT: &'static str = "room:set_role";
    const NEEDS: Needs = Needs::Scope(Scope::Rooms);
    type Answer = At;

    async fn act(self, app: &App, who: &Who) -> Result<At, Error> {
        limits::take(app, Limited::RoomDecision(who.user.id)).await?;
        let owner = [u8::from(self.role == MemberRole::Owner)];
        let once = once(self.nonce, &[Self::EVENT.as_bytes(), self.user.as_bytes(), &owner])?;
        Ok(At { rev: app.store.set_room_role(self.room, self.user, self.role, who.user.id, once).await? })
    }
}
