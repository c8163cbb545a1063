//! Who may do what: one table.
//!
//! The store asks [`check`] inside the transaction that acts, and inside the snapshot that it reads from, with the roles
//! as they are then; everything else may only refuse earlier. `docs/permissions.md` is [made](document()) from the same
//! table.
//!
//! The table leaves three things to whoever asks, because they are no question of role: somebody suspended or banned may
//! do nothing at all, nobody does to themselves what is done to others, and the last owner stays.

use crate::refusal::Refusal;
use crate::room::{MemberRole, RoomKind};
use crate::user::Role;

mod action;
mod document;
mod table;

#[cfg(test)]
mod tests;

pub use action::Action;
pub use document::document;
pub use table::{Grant, Grants, Place, Row, Upon, Who, row};

/// Who acts, where, and upon whom, as it is at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// The actor's role in the workspace.
    pub role: Role,
    /// Whether the actor is muted.
    pub muted: bool,
    /// The room, if it is about one: its kind, and the actor's role in it.
    pub room: Option<(RoomKind, Option<MemberRole>)>,
    /// The role in the workspace of whom it is done to, if that is somebody else.
    pub target: Option<Role>,
}

impl Case {
    /// Somebody, nowhere in particular and to nobody.
    pub const fn of(role: Role, muted: bool) -> Self {
        Self { role, muted, room: None, target: None }
    }

    /// The same in a room.
    #[must_use]
    pub const fn in_room(self, kind: RoomKind, membership: Option<MemberRole>) -> Self {
        Self { room: Some((kind, membership)), ..self }
    }

    /// The same, done to somebody else.
    #[must_use]
    pub const fn upon(self, target: Role) -> Self {
        Self { target: Some(target), ..self }
    }
}

/// Decides.
///
/// # Errors
/// * [`Refusal::RoomUnknown`] in rooms of which the actor may not know that they exist;
/// * [`Refusal::NotAMember`] in open rooms that the actor is not in: joining may help;
/// * [`Refusal::Muted`] if it would be allowed to somebody who is not muted;
/// * [`Refusal::Forbidden`] otherwise.
pub fn check(action: Action, case: Case) -> Result<(), Refusal> {
    let Row { place, muted } = row(action);
    let grants = match (place, case.room) {
        (Place::Everywhere(grants), _) => grants,
        (Place::Room { open, .. }, Some((RoomKind::Open, _))) => open,
        (Place::Room { closed, .. }, Some((RoomKind::Closed, _))) => closed,
        (Place::Room { direct, .. }, Some((RoomKind::Direct, _))) => direct,
        (Place::Room { .. }, None) => &[],
    };
    if grants.iter().any(|grant| grant.holds(case)) {
        return if case.muted && !muted { Err(Refusal::Muted) } else { Ok(()) };
    }
    Err(match case.room {
        Some((RoomKind::Open, None)) => Refusal::NotAMember,
        Some((RoomKind::Closed | RoomKind::Direct, None)) => Refusal::RoomUnknown,
        _ => Refusal::Forbidden,
    })
}

impl Grant {
    fn holds(self, case: Case) -> bool {
        let membership = case.room.and_then(|(_, membership)| membership);
        let who = match self.who {
            Who::Role(least) => case.role >= least,
            Who::Inside(least) => membership.is_some() && case.role >= least,
            Who::RoomOwner => membership == Some(MemberRole::Owner),
        };
        let upon = match self.upon {
            Upon::Anybody => true,
            Upon::Below => case.target.is_some_and(|target| target < case.role || case.role == Role::Owner),
        };
        who && upon
    }
}
