//! Events that cannot be handled, and what their senders are told.

use serde_json::{Value, json};

use crate::socket_io::PayloadError;

/// Why an event was not handled.
///
/// Where the event asks for an acknowledgement, it gets what the hook given to
/// [`Builder::rejections`](crate::Builder::rejections) makes of this; [`Rejection::to_json`] if there is none.
///
/// ```
/// use chinwag_socketio::Rejection;
///
/// let rejection = Rejection::new("room_unknown", "There is no such room.");
/// assert_eq!((rejection.code(), rejection.message()), ("room_unknown", "There is no such room."));
/// assert_eq!(rejection.to_json()["error"]["code"], "room_unknown");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    code: &'static str,
    message: String,
}

impl Rejection {
    /// A rejection by an extractor of the application's own: a stable word for programs and a sentence for people.
    ///
    /// ```
    /// # use chinwag_socketio::Rejection;
    /// assert_eq!(Rejection::new("too_late", "The game is over.").to_string(), "The game is over.");
    /// ```
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// No handler takes this event.
    pub(crate) fn unknown(event: &str) -> Self {
        let name: String = event.chars().take(100).collect();
        Self::new("event_unknown", format!("There is no event {name:?}."))
    }

    /// A fault of the server's.
    pub(crate) fn internal() -> Self {
        Self::new("internal", "The event could not be handled.")
    }

    pub(crate) fn too_deep(limit: u32) -> Self {
        Self::new("payload_invalid", format!("The payload is nested more than {limit} levels deep."))
    }

    /// A stable word: `payload_invalid`, `event_unknown`, `internal`, or one of the application's extractors.
    ///
    /// ```
    /// # use chinwag_socketio::Rejection;
    /// assert_eq!(Rejection::new("too_late", "The game is over.").code(), "too_late");
    /// ```
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// A sentence for the sender, which names the place of a fault in a payload.
    ///
    /// ```
    /// # use chinwag_socketio::Rejection;
    /// assert_eq!(Rejection::new("too_late", "The game is over.").message(), "The game is over.");
    /// ```
    pub fn message(&self) -> &str {
        &self.message
    }

    /// `{"ok": false, "error": {"code", "message"}}`.
    ///
    /// ```
    /// # use chinwag_socketio::Rejection;
    /// assert_eq!(Rejection::new("too_late", "The game is over.").to_json()["ok"], false);
    /// ```
    pub fn to_json(&self) -> Value {
        json!({ "ok": false, "error": { "code": self.code, "message": self.message } })
    }
}

impl From<PayloadError> for Rejection {
    fn from(error: PayloadError) -> Self {
        Self::new("payload_invalid", error.message())
    }
}
