//! People.

use serde::{Deserialize, Serialize};

use crate::id::UserId;
use crate::message::Person;

/// What somebody may do in the whole workspace. Each may do what those before may; [`permission`](crate::permission) says
/// what that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Somebody without a password, who is gone after their session.
    Guest,
    /// Everybody with an account.
    Member,
    /// Keeps order among members and guests.
    Moderator,
    /// Decides who comes in and how.
    Administrator,
    /// Whose workspace it is: there is always one.
    Owner,
}

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 5] = [Self::Guest, Self::Member, Self::Moderator, Self::Administrator, Self::Owner];

    /// As it is written for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Administrator => "administrator",
            Self::Owner => "owner",
        }
    }

    /// Whether they keep order in any way.
    pub fn is_staff(self) -> bool {
        self >= Self::Moderator
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|role| role.as_str() == text);
        known.ok_or_else(|| "A role is guest, member, moderator, administrator or owner.".into())
    }
}

/// Whether somebody may be here at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing against it.
    #[default]
    Active,
    /// May not sign in until somebody lifts it.
    Suspended,
    /// May not sign in, and has been removed from all rooms.
    Banned,
    /// The account was deleted; what is left stands for its author.
    Gone,
}

/// Somebody, as everybody may see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Never changes.
    pub id: UserId,
    /// As shown.
    pub name: String,
    /// In the whole workspace.
    pub role: Role,
    /// Counts the pictures that they have uploaded; 0: the present one is drawn from the name.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub avatar: u32,
    /// What they say about themselves, if anything.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// Whether the account was deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
}

impl User {
    /// What a line needs to know of them.
    pub fn person(&self) -> Person {
        let guest = self.role == Role::Guest;
        Person { id: self.id, name: self.name.clone(), avatar: self.avatar, guest }
    }
}

/// Whether a picture is drawn from the name.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
pub(crate) fn is_zero(avatar: &u32) -> bool {
    *avatar == 0
}
