//! What a page says about what was just done.

use serde::Deserialize;

use crate::error::Error;

#[cfg(test)]
mod tests;

/// What was just done, in the address of a page.
#[derive(Deserialize)]
pub(super) struct Done {
    pub(super) done: Option<String>,
}

/// A sentence at the top of a page.
#[derive(Default)]
pub(super) struct Notice {
    /// Why something was not done.
    pub(super) problem: Option<String>,
    /// That something was done.
    pub(super) done: Option<&'static str>,
}

impl Notice {
    /// Something was not done.
    pub(super) fn problem(error: &Error) -> Self {
        Self { problem: Some(error.to_string()), done: None }
    }

    /// What was done, by the word in the address to which the browser was sent afterwards. An address can be made up, so it
    /// only picks one of these sentences.
    pub(super) fn done(word: Option<&str>) -> Self {
        let done = word.and_then(|word| DONE.iter().find(|(known, _)| *known == word));
        Self { problem: None, done: done.map(|(_, sentence)| *sentence) }
    }
}

const DONE: &[(&str, &str)] = &[
    ("profile", "Your profile is saved."),
    ("picture", "Your picture is saved."),
    ("picture-gone", "Your picture is drawn from your name again."),
    ("password", "Your password is changed, and all your other sessions have ended."),
    ("second-factor", "Your second factor is set up. From now on you sign in with it as well."),
    ("second-factor-gone", "Your password alone lets you in again."),
    ("second-factor-taken", "They have no second factor any more, and are signed out everywhere."),
    ("linked", "It is linked: from now on you can sign in by it."),
    ("unlinked", "It is not linked any more."),
    ("session", "The session has ended."),
    ("token-revoked", "The token is revoked, and whoever uses it is out."),
    ("sessions", "All your other sessions have ended."),
    ("revoked", "The invitation is revoked."),
    ("settings", "The settings are saved and hold from now on."),
    ("muted", "They can read, but not write."),
    ("unmuted", "They can write again."),
    ("suspended", "They are signed out everywhere and cannot sign in."),
    ("restored", "They can sign in again."),
    ("banned", "They are out of all rooms and cannot sign in."),
    ("role", "They have another role now."),
    ("added", "They are in the room now."),
    ("removed", "They are not in the room any more."),
    ("room-role", "They have another role in the room now."),
    ("renamed", "The room has its new name."),
    ("retention", "It is set. The room's history says from when on it holds."),
];
