//! Links that end in a secret: who has one may do what it is for. They are shown once, to who made them.

use crate::tokens::Token;

/// Where the first administrator's secret goes.
pub(crate) const FIRST_ADMINISTRATOR: &str = "/first-administrator/";
/// Where the secret of an invitation goes.
pub(crate) const INVITATION: &str = "/invitation/";
/// Where the secret of a link for a new password goes.
pub(crate) const RESET: &str = "/reset/";

/// The path of a link to `page`.
pub(crate) fn path(page: &str, token: &Token) -> String {
    format!("{page}{}", token.expose())
}

/// A path without its secret, if it has one: what the log may have.
pub(crate) fn loggable(path: &str) -> &str {
    [FIRST_ADMINISTRATOR, INVITATION, RESET].into_iter().find(|page| path.starts_with(page)).unwrap_or(path)
}
