//! What administrators decide about the whole workspace.

use serde::{Deserialize, Serialize};

use crate::user::Role;

/// How accounts are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignUp {
    /// By everybody who comes.
    Open,
    /// By whoever has an invitation.
    #[default]
    Invitation,
    /// By administrators at the command line alone.
    Closed,
}

impl SignUp {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Invitation, Self::Closed];

    /// As it is written for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Invitation => "invitation",
            Self::Closed => "closed",
        }
    }
}

/// What becomes of the messages of an account that is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletedAccounts {
    /// They stay; their author is a former member.
    #[default]
    KeepMessages,
    /// They are deleted as well.
    RemoveMessages,
}

impl DeletedAccounts {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::KeepMessages, Self::RemoveMessages];

    /// As it is written for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeepMessages => "keep_messages",
            Self::RemoveMessages => "remove_messages",
        }
    }
}

/// Who has to have a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorRule {
    /// Nobody.
    #[default]
    Nobody,
    /// Administrators and owners.
    Administrators,
    /// Everybody who keeps order: moderators as well.
    Staff,
    /// Everybody with an account.
    Everybody,
}

impl SecondFactorRule {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Nobody, Self::Administrators, Self::Staff, Self::Everybody];

    /// As it is written for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Administrators => "administrators",
            Self::Staff => "staff",
            Self::Everybody => "everybody",
        }
    }

    /// Whether somebody with this role has to have one. Guests cannot.
    pub fn is_for(self, role: Role) -> bool {
        match self {
            Self::Nobody => false,
            Self::Administrators => role >= Role::Administrator,
            Self::Staff => role >= Role::Moderator,
            Self::Everybody => role >= Role::Member,
        }
    }
}

/// How often something may be done; `None` leaves it as the server was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Tries to sign in per minute, to one account from one address.
    pub sign_in_per_minute: Option<u32>,
    /// Accounts and guests per hour from one address.
    pub accounts_per_hour: Option<u32>,
    /// Messages per minute by one person, edits and deletions included.
    pub messages_per_minute: Option<u32>,
    /// The same by one guest.
    pub guest_messages_per_minute: Option<u32>,
    /// Rooms and direct conversations per hour that one person makes.
    pub rooms_per_hour: Option<u32>,
}

/// What administrators have decided; `None` leaves it as the server was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkspaceSettings {
    /// How accounts are made.
    pub sign_up: Option<SignUp>,
    /// Whether guests are let in.
    pub guests: Option<bool>,
    /// What becomes of the messages of an account that is deleted.
    pub deleted_accounts: Option<DeletedAccounts>,
    /// Who has to have a second factor.
    pub second_factor: Option<SecondFactorRule>,
    /// How often things may be done.
    pub limits: Limits,
}
