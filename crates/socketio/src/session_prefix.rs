//! Session ids that tell which server has the session.

use crate::engine;
use crate::id::{SessionId, TEXT, parse, write};

#[cfg(test)]
mod tests;

/// How the session ids of one server begin, so that another one that is asked for such a session can tell whose it is
/// and pass the request on ([`Builder::session_prefix`](crate::Builder::session_prefix)).
///
/// It is 16 bytes, best random ones that each process draws when it starts. It says which server, not where: who passes
/// requests on must look that up elsewhere, since the id comes from the client.
///
/// ```
/// use chinwag_socketio::SessionPrefix;
///
/// let query = "EIO=4&transport=polling&sid=AAECAwQFBgcICQoLDA0ODwAbCdEfGhIjKlMnOpQrStUQ";
/// let prefix = SessionPrefix::of_request(query);
/// assert_eq!(prefix, Some(SessionPrefix::new([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])));
/// // A session is to be opened: whichever server is asked has it.
/// assert_eq!(SessionPrefix::of_request("EIO=4&transport=polling"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionPrefix(u128);

impl SessionPrefix {
    /// These bytes.
    ///
    /// ```
    /// use chinwag_socketio::SessionPrefix;
    ///
    /// assert_ne!(SessionPrefix::new([1; 16]), SessionPrefix::new([2; 16]));
    /// ```
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// Its bytes.
    ///
    /// ```
    /// use chinwag_socketio::SessionPrefix;
    ///
    /// assert_eq!(SessionPrefix::new([7; 16]).to_bytes(), [7; 16]);
    /// ```
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// How the id of the session begins that a request names in the query of its address. `None` if it names none, or
    /// one without a beginning.
    ///
    /// ```
    /// use chinwag_socketio::SessionPrefix;
    ///
    /// assert_eq!(SessionPrefix::of_request("EIO=4&transport=polling&sid=lobby"), None);
    /// ```
    pub fn of_request(query: &str) -> Option<Self> {
        Self::split(engine::session_named(query)?).map(|(prefix, _)| prefix)
    }

    /// The two parts of a session's id.
    fn split(sid: &str) -> Option<(Self, SessionId)> {
        let (prefix, rest) = sid.split_at_checked(TEXT)?;
        Some((Self(parse(prefix)?), SessionId::parse(rest)?))
    }
}

/// A session's id as the client has it.
pub(crate) fn whole(prefix: Option<SessionPrefix>, sid: SessionId) -> String {
    match prefix {
        Some(prefix) => format!("{prefix}{sid}"),
        None => sid.to_string(),
    }
}

/// The id of one of our sessions, as the client has it.
pub(crate) fn ours(prefix: Option<SessionPrefix>, sid: &str) -> Option<SessionId> {
    match prefix {
        Some(prefix) => SessionPrefix::split(sid).filter(|(of, _)| *of == prefix).map(|(_, sid)| sid),
        None => SessionId::parse(sid),
    }
}

/// As in ids.
impl std::fmt::Display for SessionPrefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write(self.0, f)
    }
}
