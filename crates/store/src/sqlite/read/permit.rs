//! Whether somebody may see what they ask for, as it is in the snapshot.

use chinwag_model::permission::{self, Action, Case};
use chinwag_model::{Refusal, Role, Standing, UserId};
use rusqlite::{Connection, OptionalExtension};

use crate::sqlite::readers::ReadError;
use crate::sqlite::rows::{self, Id};

/// Somebody's role, if they may be here.
pub(super) fn role(connection: &Connection, user: UserId) -> Result<Role, ReadError> {
    let (role, standing) = connection
        .prepare_cached("SELECT role, standing FROM user WHERE id = ?")?
        .query_row([Id(user.0)], |row| Ok((rows::role(row, 0)?, rows::standing(row, 1)?)))
        .optional()?
        .ok_or(Refusal::UserUnknown)?;
    match standing {
        Standing::Active => Ok(role),
        Standing::Suspended | Standing::Banned => Err(Refusal::Suspended.into()),
        Standing::Gone => Err(Refusal::UserUnknown.into()),
    }
}

/// Refuses what somebody may not see. Being muted does not matter to seeing; nobody is an operator, who may see all.
pub(in crate::sqlite) fn permit(
    connection: &Connection,
    action: Action,
    by: Option<UserId>,
) -> Result<(), ReadError> {
    let Some(by) = by else { return Ok(()) };
    Ok(permission::check(action, Case::of(role(connection, by)?, false))?)
}
