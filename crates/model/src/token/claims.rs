//! What a short-lived token claims, and whether that is to be believed once its signature is.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use crate::{Millis, Scopes, SessionId, SessionKey, UserId};

#[cfg(test)]
mod tests;

/// What the header names as the token's type (RFC 9068, section 2.1), so that nothing else that is signed by the same key
/// is taken for one (RFC 8725, section 3.11).
pub const TYPE: &str = "at+jwt";
/// How long one may last at most, in seconds: an hour.
pub const LONGEST_SECONDS: u64 = 3_600;

/// The claims (RFC 9068, section 2.2), times in seconds since 1970. What else a token claims is passed over: a newer version
/// may say more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who made it: the address of this installation, or its name.
    pub iss: String,
    /// For whom it is: the same.
    pub aud: String,
    /// Whose it is.
    pub sub: UserId,
    /// The session or access token that it was made from, and with which it ends. From the hash of a token nobody finds the
    /// token.
    #[serde(rename = "sid", with = "key")]
    pub parent: SessionKey,
    /// The same for whoever else reads it: what asked for the token.
    pub client_id: SessionId,
    /// What it may be used for: words with spaces between them (RFC 8693, section 4.2).
    #[serde(rename = "scope", with = "words")]
    pub scopes: Scopes,
    /// When it was made.
    pub iat: u64,
    /// Before when it may not be used, if it says so. Ours do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nbf: Option<u64>,
    /// From when on it may not be used any more.
    pub exp: u64,
    /// Names it, and nothing else.
    pub jti: Uuid,
}

/// By what claims are judged.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Who makes tokens here, and for whom.
    pub issuer: &'a str,
    /// The time.
    pub now: Millis,
    /// How far the clock of who made it may be ahead of this one. It is for the beginning alone: a token that was made just
    /// now on another machine is good here, and none is good after its end.
    pub ahead: Duration,
}

/// Why a token whose signature is right is not to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its time is over. All else was as it must be.
    Expired,
    /// It is of another installation, or not for this one.
    Elsewhere,
    /// Its time has not come.
    TooEarly,
    /// It would last longer than any that is made here, or end before it begins.
    Lasting,
}

impl Claims {
    /// Judges them.
    ///
    /// # Errors
    /// [`Fault`]; [`Fault::Expired`] only if there is no other.
    pub fn check(&self, expected: Expected<'_>) -> Result<(), Fault> {
        if self.iss != expected.issuer || self.aud != expected.issuer {
            return Err(Fault::Elsewhere);
        }
        let lasts = self.exp.checked_sub(self.iat).ok_or(Fault::Lasting)?;
        if lasts == 0 || lasts > LONGEST_SECONDS {
            return Err(Fault::Lasting);
        }
        let begins = self.iat.max(self.nbf.unwrap_or_default());
        if at(begins) > expected.now.plus(expected.ahead) {
            return Err(Fault::TooEarly);
        }
        if self.ends_at() <= expected.now {
            return Err(Fault::Expired);
        }
        Ok(())
    }

    /// From when on it may not be used any more.
    pub fn ends_at(&self) -> Millis {
        at(self.exp)
    }
}

/// The time so many seconds after 1970.
fn at(seconds: u64) -> Millis {
    Millis(i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX))
}

/// A session's key in base64url.
mod key {
    use super::*;

    pub(super) fn serialize<S: Serializer>(key: &SessionKey, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(key.0))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SessionKey, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(SessionKey).ok_or_else(|| de::Error::custom("a session's key is 32 bytes in base64url"))
    }
}

/// Scopes as words.
mod words {
    use super::*;

    pub(super) fn serialize<S: Serializer>(scopes: &Scopes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(scopes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Scopes, D::Error> {
        String::deserialize(deserializer).map(|text| Scopes::of_words(&text))
    }
}
