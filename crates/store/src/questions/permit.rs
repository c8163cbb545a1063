//! Whether somebody may see what they ask for, as it is in the snapshot.

use chinwag_model::permission::{self, Action, Case};
use chinwag_model::{Refusal, Role, Standing, UserId};

use crate::database::{Database, Failed, parameters};

/// Somebody's role, if they may be here.
pub(super) fn role(database: &dyn Database, user: UserId) -> Result<Role, Failed> {
    let found =
        database.first(r#"SELECT role, standing FROM "user" WHERE id = $1"#, parameters![user], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    Ok(may_be_here(found)?)
}

/// The role of whoever has this role and standing, if they may be here.
pub(crate) fn may_be_here(found: Option<(Role, Standing)>) -> Result<Role, Refusal> {
    match found {
        Some((role, Standing::Active)) => Ok(role),
        Some((_, Standing::Suspended | Standing::Banned)) => Err(Refusal::Suspended),
        Some((_, Standing::Gone)) | None => Err(Refusal::UserUnknown),
    }
}

/// Refuses what somebody may not see. Being muted does not matter to seeing; nobody is an operator, who may see all.
pub(crate) fn permit(database: &dyn Database, action: Action, by: Option<UserId>) -> Result<(), Failed> {
    let Some(by) = by else { return Ok(()) };
    Ok(permission::check(action, Case::of(role(database, by)?, false))?)
}
