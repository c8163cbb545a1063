//! What kind of token a text can be.

#[cfg(test)]
mod tests;

/// How many characters 256 random bits have in base64url, without padding (RFC 4648, section 5).
pub const SECRET_CHARS: usize = 43;
/// What access tokens begin with, so that whoever looks for secrets that got out knows them by it.
pub const ACCESS_PREFIX: &str = "chinwag_pat_";
/// Most bytes of a short-lived token. Ours have about 600, and a server's address more at most.
pub const SHORT_BYTES: usize = 2_048;

/// A token that somebody gave, by its kind: that it has the form of one, and no more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Presented<'a> {
    /// A session's.
    Session(&'a str),
    /// An access token.
    Access(&'a str),
    /// A short-lived one: a JWT in its compact form (RFC 7515, section 7.1).
    Short(&'a str),
}

impl<'a> Presented<'a> {
    /// Takes what somebody gave. `None` if it cannot be a token. No text can be of two kinds.
    pub fn parse(text: &'a str) -> Option<Self> {
        if let Some(secret) = text.strip_prefix(ACCESS_PREFIX)
            && is_secret(secret)
        {
            return Some(Self::Access(text));
        }
        if is_secret(text) {
            return Some(Self::Session(text));
        }
        is_short(text).then_some(Self::Short(text))
    }
}

impl std::fmt::Debug for Presented<'_> {
    /// Which kind, and nothing of the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Session(_) => "Session(…)",
            Self::Access(_) => "Access(…)",
            Self::Short(_) => "Short(…)",
        })
    }
}

fn is_secret(text: &str) -> bool {
    text.len() == SECRET_CHARS && text.bytes().all(is_base64url)
}

/// Three parts with dots between them, none of them empty.
fn is_short(text: &str) -> bool {
    if text.len() > SHORT_BYTES {
        return false;
    }
    let mut parts = text.split('.');
    let good =
        |part: Option<&str>| part.is_some_and(|part| !part.is_empty() && part.bytes().all(is_base64url));
    good(parts.next()) && good(parts.next()) && good(parts.next()) && parts.next().is_none()
}

const fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}
