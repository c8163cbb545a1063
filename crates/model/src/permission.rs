//! Who may do what: one table.
//!
//! The store asks it inside the transaction that acts, with the roles as they are then; everything else may only refuse
//! earlier.

use crate::refusal::Refusal;
use crate::room::MemberRole;
use crate::user::Role;

#[cfg(test)]
mod tests;

/// What somebody wants to do in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Read its history, members and presence.
    Read,
    /// Become a member of an open room.
    Join,
    /// Stop being one.
    Leave,
    /// Post a message; say that one is typing.
    Post,
    /// Edit a message.
    Edit {
        /// Whether the actor wrote it.
        own: bool,
    },
    /// Delete a message.
    Delete {
        /// Whether the actor wrote it.
        own: bool,
    },
    /// Remove somebody from the room.
    Remove {
        /// The other's role in the room.
        target: MemberRole,
    },
}

/// Decides.
///
/// # Errors
/// [`Refusal::NotAMember`] if joining would help, [`Refusal::Forbidden`] if it would not.
pub fn check(action: Action, role: Role, membership: Option<MemberRole>) -> Result<(), Refusal> {
    let administrator = role == Role::Administrator;
    let owner = membership == Some(MemberRole::Owner);
    let allowed = match action {
        Action::Join => true,
        Action::Read | Action::Post | Action::Leave => membership.is_some(),
        // Nobody puts words into another's mouth, administrators included.
        Action::Edit { own } => own && membership.is_some(),
        Action::Delete { own } => (own && membership.is_some()) || owner || administrator,
        Action::Remove { target } => administrator || (owner && target == MemberRole::Member),
    };
    if allowed {
        Ok(())
    } else if membership.is_none() {
        Err(Refusal::NotAMember)
    } else {
        Err(Refusal::Forbidden)
    }
}
