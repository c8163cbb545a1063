//! An ID token: a JSON Web Signature in its compact form (RFC 7515, sections 3.1 and 5.2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::Unusable;
use crate::failure::said;

#[cfg(test)]
mod tests;

/// Most bytes of one.
const BYTES: usize = 64 * 1_024;

/// An ID token, taken apart. Nothing in it is known to be true.
#[derive(Clone, Debug)]
pub struct IdToken<'a> {
    /// How it is signed.
    pub header: Header,
    signed: &'a [u8],
    signature: Vec<u8>,
    payload: Vec<u8>,
}

/// The header, as far as it concerns us. Keys and certificates that a token brings along itself are not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// One of those that we accept.
    pub algorithm: Algorithm,
    /// Which key it is signed by.
    pub kid: Option<String>,
}

#[derive(Deserialize)]
struct Fields {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

impl<'a> IdToken<'a> {
    /// Takes one apart.
    ///
    /// # Errors
    /// [`Unusable`] if it is longer than 64 KiB, is not three parts of base64url, or its header is unreadable, names an algorithm that
    /// we do not accept, or something that must be understood (`crit`, RFC 7515, section 4.1.11).
    pub fn read(token: &'a str) -> Result<Self, Unusable> {
        if token.len() > BYTES {
            return Err(Unusable::new("the ID token is too long"));
        }
        let parts = || {
            let (signed, signature) = token.rsplit_once('.')?;
            let (header, payload) = signed.split_once('.')?;
            let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
            Some((signed.as_bytes(), decode(header)?, decode(payload)?, decode(signature)?))
        };
        let (signed, header, payload, signature) =
            parts().ok_or_else(|| Unusable::new("the ID token is not three parts of base64url"))?;
        let fields: Fields = serde_json::from_slice(&header)
            .map_err(|_| Unusable::new("the header of the ID token is not readable"))?;
        if fields.crit.is_some() {
            return Err(Unusable::new("the ID token has extensions that must be understood"));
        }
        let algorithm = accepted(&fields.alg)
            .ok_or_else(|| Unusable::new(format!("the ID token is signed by {}", said(&fields.alg))))?;
        Ok(Self { header: Header { algorithm, kid: fields.kid }, signed, signature, payload })
    }

    /// What it says, if it is signed by this key.
    pub fn verified(&self, key: &DecodingKey) -> Option<&[u8]> {
        // By this provider in any case, also where somebody builds jsonwebtoken with another one.
        let verifier = (DEFAULT_PROVIDER.verifier_factory)(&self.header.algorithm, key).ok()?;
        verifier.verify(self.signed, &self.signature).ok()?;
        Some(&self.payload)
    }
}

/// What we accept of RFC 7518, section 3.1, and RFC 8037, section 3.1. Never `none`, and never a MAC: its key would be one that
/// everybody knows.
fn accepted(name: &str) -> Option<Algorithm> {
    Some(match name {
        "RS256" => Algorithm::RS256,
        "RS384" => Algorithm::RS384,
        "RS512" => Algorithm::RS512,
        "PS256" => Algorithm::PS256,
        "PS384" => Algorithm::PS384,
        "PS512" => Algorithm::PS512,
        "ES256" => Algorithm::ES256,
        "ES384" => Algorithm::ES384,
        "EdDSA" => Algorithm::EdDSA,
        _ => return None,
    })
}
