//! People.

use serde::{Deserialize, Serialize};

use crate::id::UserId;

/// What somebody may do in the whole workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everybody with an account.
    Member,
    /// Keeps order.
    Administrator,
}

/// Somebody with an account, as everybody may see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Never changes.
    pub id: UserId,
    /// As shown.
    pub name: String,
    /// In the whole workspace.
    pub role: Role,
}
