//! What all pages share.

use chinwag_model::{Role, User};

use crate::actions::PAGE;
use crate::app::{App, Who};
use crate::version::VERSION;

/// The frame around a page.
pub(super) struct Frame {
    /// Who is signed in.
    pub(super) user: Option<User>,
    pub(super) version: &'static str,
    pub(super) commit: &'static str,
    pub(super) base_css: String,
    pub(super) script: Option<String>,
    pub(super) styles: Vec<String>,
    pub(super) preloads: Vec<String>,
    /// Why the browser client is not here, if it is not.
    pub(super) client_missing: bool,
    /// Whether one may sign in by other services.
    pub(super) has_services: bool,
}

impl Frame {
    /// The frame for whoever asks.
    pub(super) fn new(app: &App, who: Option<&Who>) -> Self {
        let path = |file: &str| format!("{}{file}", chinwag_client::BASE);
        let entry = chinwag_client::entry();
        let paths = |files: &[&str]| files.iter().map(|file| path(file)).collect();
        Self {
            user: who.map(|who| who.user.clone()),
            version: VERSION,
            commit: app.settings.commit,
            base_css: path(chinwag_client::base_css()),
            script: entry.map(|entry| path(entry.script)),
            styles: entry.map_or_else(Vec::new, |entry| paths(entry.styles)),
            preloads: entry.map_or_else(Vec::new, |entry| paths(entry.preloads)),
            client_missing: !chinwag_client::available(),
            has_services: app.providers.all().next().is_some(),
        }
    }

    /// Whether they are to see where order is kept.
    pub(super) fn is_staff(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.role.is_staff())
    }

    /// Whether they have a password and can be written to.
    pub(super) fn has_account(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.role > Role::Guest)
    }
}

/// How many messages or rooms a page shows.
pub(super) const SHOWN: usize = PAGE / 2;
