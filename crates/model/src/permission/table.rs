//! The table itself.

use super::Action;
use crate::user::Role;

/// What the table says of one action.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Who may, and where.
    pub place: Place,
    /// Whether they may while they are muted.
    pub muted: bool,
}

/// Where an action is done.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// In no room: the same everywhere.
    Everywhere(Grants),
    /// In a room, by its kind.
    Room {
        /// In open rooms.
        open: Grants,
        /// In closed rooms.
        closed: Grants,
        /// In direct conversations.
        direct: Grants,
    },
}

/// Whoever one of these holds for may. None: nobody may.
pub type Grants = &'static [Grant];

/// Some who may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Who.
    pub who: Who,
    /// To whom.
    pub upon: Upon,
}

/// Who may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everybody with at least this role in the workspace, wherever they are.
    Role(Role),
    /// Members of the room with at least this role in the workspace.
    Inside(Role),
    /// The room's owners.
    RoomOwner,
}

/// To whom it may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upon {
    /// To anybody, or it is done to nobody.
    Anybody,
    /// To others whose role in the workspace is below one's own. Owners may do it to other owners as well.
    Below,
}

const fn anybody(who: Who) -> Grant {
    Grant { who, upon: Upon::Anybody }
}

const fn below(role: Role) -> Grant {
    Grant { who: Who::Role(role), upon: Upon::Below }
}

const NOBODY: Grants = &[];
const EVERYBODY: Grants = &[anybody(Who::Role(Role::Guest))];
const INSIDE: Grants = &[anybody(Who::Inside(Role::Guest))];
const MEMBERS: Grants = &[anybody(Who::Role(Role::Member))];
const MODERATORS: Grants = &[anybody(Who::Role(Role::Moderator))];
const ADMINISTRATORS: Grants = &[anybody(Who::Role(Role::Administrator))];
const MODERATORS_BELOW: Grants = &[below(Role::Moderator)];
const ADMINISTRATORS_BELOW: Grants = &[below(Role::Administrator)];
const ROOM_OWNERS_OR_ADMINISTRATORS: Grants =
    &[anybody(Who::RoomOwner), anybody(Who::Role(Role::Administrator))];
const ROOM_OWNERS_OR_MODERATORS: Grants = &[anybody(Who::RoomOwner), anybody(Who::Role(Role::Moderator))];
const ROOM_OWNERS_OR_MODERATORS_BELOW: Grants = &[anybody(Who::RoomOwner), below(Role::Moderator)];
const ROOM_OWNERS_OR_MODERATORS_INSIDE: Grants =
    &[anybody(Who::RoomOwner), anybody(Who::Inside(Role::Moderator))];
const INSIDE_OR_MODERATORS: Grants =
    &[anybody(Who::Inside(Role::Guest)), anybody(Who::Role(Role::Moderator))];
const INSIDE_OR_ADMINISTRATORS: Grants =
    &[anybody(Who::Inside(Role::Guest)), anybody(Who::Role(Role::Administrator))];
const MEMBERS_INSIDE: Grants = &[anybody(Who::Inside(Role::Member))];

/// What the table says of an action. The match has no catch-all: an action without a row does not compile.
pub const fn row(action: Action) -> Row {
    let place = match action {
        Action::Read | Action::Leave | Action::Post | Action::Type | Action::EditOwn => {
            Place::Room { open: INSIDE, closed: INSIDE, direct: INSIDE }
        }
        Action::Join => Place::Room { open: EVERYBODY, closed: NOBODY, direct: NOBODY },
        // Nobody puts words into another's mouth, owners included.
        Action::EditOther | Action::AddGuest | Action::MakeGuestOwner => {
            Place::Room { open: NOBODY, closed: NOBODY, direct: NOBODY }
        }
        Action::DeleteOwn => Place::Room {
            open: INSIDE_OR_MODERATORS,
            closed: INSIDE_OR_MODERATORS,
            direct: INSIDE_OR_ADMINISTRATORS,
        },
        // In a direct conversation it takes somebody who was told of the message, and cannot read along.
        Action::DeleteOther => Place::Room {
            open: ROOM_OWNERS_OR_MODERATORS,
            closed: ROOM_OWNERS_OR_MODERATORS,
            direct: ADMINISTRATORS,
        },
        Action::Add => {
            Place::Room { open: MEMBERS_INSIDE, closed: ROOM_OWNERS_OR_MODERATORS_INSIDE, direct: NOBODY }
        }
        Action::Remove => Place::Room {
            open: ROOM_OWNERS_OR_MODERATORS_BELOW,
            closed: ROOM_OWNERS_OR_MODERATORS_BELOW,
            direct: NOBODY,
        },
        // A room's owners are safe from each other.
        Action::RemoveOwner | Action::UnmakeOwner => {
            Place::Room { open: ADMINISTRATORS_BELOW, closed: ADMINISTRATORS_BELOW, direct: NOBODY }
        }
        Action::MakeOwner | Action::Rename | Action::SetRetention => Place::Room {
            open: ROOM_OWNERS_OR_ADMINISTRATORS,
            closed: ROOM_OWNERS_OR_ADMINISTRATORS,
            direct: NOBODY,
        },

        Action::SeeOpenRooms | Action::OwnSessions | Action::Export => Place::Everywhere(EVERYBODY),
        Action::SeePeople
        | Action::MakeRoom
        | Action::OpenDirect
        | Action::ChangeProfile
        | Action::ChangePassword
        | Action::SecondFactor
        | Action::LinkIdentity
        | Action::OwnTokens
        | Action::DeleteAccount => Place::Everywhere(MEMBERS),

        Action::ListPeople => Place::Everywhere(MODERATORS),
        Action::Mute | Action::Suspend => Place::Everywhere(MODERATORS_BELOW),
        Action::Ban | Action::SetRole | Action::MakeResetLink | Action::TakeSecondFactor => {
            Place::Everywhere(ADMINISTRATORS_BELOW)
        }
        Action::Invite | Action::ListRooms | Action::Settings | Action::SeeAudit => {
            Place::Everywhere(ADMINISTRATORS)
        }
    };
    Row { place, muted: !is_speech(action) }
}

/// What others would hear of, and so what somebody who is muted may not do.
const fn is_speech(action: Action) -> bool {
    matches!(
        action,
        Action::Post
            | Action::EditOwn
            | Action::Rename
            | Action::SetRetention
            | Action::MakeRoom
            | Action::OpenDirect
            | Action::ChangeProfile
    )
}
