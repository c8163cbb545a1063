//! Links that end in a secret: who has one may do what it is for. They are shown once, to who made them.

use crate::tokens::Token;

#[cfg(test)]
mod tests;

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

/// A path up to where something stands that could be a secret: what the log may have. However the rest of it is written,
/// the secret in it may be good.
pub(crate) fn loggable(path: &str) -> &str {
    // What is written as %XX is part of it as well.
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'%');
    let mut start = 0;
    for (at, byte) in path.bytes().enumerate() {
        if !part(byte) {
            start = at + 1;
        } else if at + 1 - start >= Token::CHARS {
            return path.get(..start).unwrap_or_default();
        }
    }
    path
}
