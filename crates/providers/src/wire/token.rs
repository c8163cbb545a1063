//! The answer to a code (RFC 6749, section 5; OpenID Connect Core, section 3.1.3.3).

use serde::Deserialize;

use super::Unusable;
use super::complaint::Complaint;
use crate::secret::Secret;

#[cfg(test)]
mod tests;

/// Most bytes of an access token: it goes into a header.
const ACCESS_TOKEN_BYTES: usize = 16 * 1_024;

/// What a code was exchanged for.
#[derive(Clone, Debug)]
pub struct Granted {
    /// What shows that we may ask: 1 to 16,384 visible ASCII characters.
    pub access_token: Secret,
    /// Who it is, in OpenID Connect; not looked into yet.
    pub id_token: Option<Secret>,
}

/// An answer.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It was exchanged.
    Granted(Granted),
    /// It was not. GitHub says so with status 200.
    Refused(Complaint),
}

#[derive(Deserialize)]
struct Fields {
    access_token: Option<String>,
    token_type: Option<String>,
    id_token: Option<String>,
}

impl Answer {
    /// Reads one, whatever its status was.
    ///
    /// # Errors
    /// [`Unusable`] if it is no JSON, or has neither an error nor an access token of type Bearer (RFC 6750) that can be sent. A type
    /// that is left out is taken for Bearer.
    pub fn read(body: &[u8]) -> Result<Self, Unusable> {
        if let Some(complaint) = Complaint::read(body) {
            return Ok(Self::Refused(complaint));
        }
        // The reason that serde gives may quote a token.
        let fields: Fields = serde_json::from_slice(body)
            .map_err(|_| Unusable::new("the answer to a code is not readable"))?;
        if fields.token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
            return Err(Unusable::new("the access token is not of the type Bearer"));
        }
        let usable = |token: &String| {
            (1..=ACCESS_TOKEN_BYTES).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic())
        };
        let access_token = fields
            .access_token
            .filter(usable)
            .ok_or_else(|| Unusable::new("the answer to a code has no usable access token"))?;
        let access_token = Secret::new(access_token);
        Ok(Self::Granted(Granted { access_token, id_token: fields.id_token.map(Secret::new) }))
    }
}
