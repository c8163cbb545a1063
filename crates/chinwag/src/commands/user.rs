//! `chinwag user …`.

use crate::command_line::UserAction;
use crate::config::{Given, load};
use crate::failure::Failure;

/// Carries out a command about accounts.
pub(crate) fn user(_action: UserAction, given: &Given) -> Result<(), Failure> {
    let _loaded = load(given).map_err(Failure::Usage)?;
    Err(Failure::new("not yet"))
}
