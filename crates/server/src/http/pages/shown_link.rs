//! A link with a secret in it, which is shown once.

use chinwag_model::Millis;

use super::qr;
use crate::app::App;
use crate::visitor::Visitor;

/// The link as text and as a picture; for `made_link.html`.
pub(super) struct ShownLink {
    pub(super) link: String,
    /// Where it is too long for one there is none.
    pub(super) qr: Option<String>,
    pub(super) expires_at: Millis,
}

impl ShownLink {
    /// That of a path of ours, by the address under which this visitor knows the server.
    pub(super) fn new(app: &App, visitor: &Visitor, path: &str, expires_at: Millis) -> Self {
        let link = visitor.link(&app.settings, path);
        let qr = qr::svg(&link, "QR code of the link");
        Self { link, qr, expires_at }
    }
}
