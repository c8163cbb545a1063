//! The keys of an issuer (RFC 7517), and which of them a token is to be signed by.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::Unusable;
use super::id_token::Header;

#[cfg(test)]
mod tests;

/// Most keys of a set. Those after are not looked at.
const KEYS: usize = 100;

/// The keys of an issuer.
#[derive(Clone, Debug)]
pub struct KeySet(Vec<Jwk>);

#[derive(Deserialize)]
struct Fields {
    keys: Vec<Value>,
}

/// A key for a token.
#[derive(Clone, Debug)]
pub enum Found {
    /// This one.
    Key(Box<DecodingKey>),
    /// None. The issuer may have taken new ones.
    None,
    /// More than one could be meant.
    Several,
}

impl KeySet {
    /// Reads a set. Keys that are of no use to us are passed over, readable or not (RFC 7517, section 5).
    ///
    /// # Errors
    /// [`Unusable`] if it is no set.
    pub fn read(body: &[u8]) -> Result<Self, Unusable> {
        let fields: Fields =
            serde_json::from_slice(body).map_err(|_| Unusable::new("the set of keys is not readable"))?;
        let keys = fields.keys.into_iter().take(KEYS);
        Ok(Self(keys.filter_map(|key| serde_json::from_value(key).ok()).collect()))
    }

    /// The key that a token with this header is signed by: the one with its `kid`, or if it has none the only one that fits its
    /// algorithm (OpenID Connect Core, section 10.1).
    pub fn find(&self, header: &Header) -> Found {
        let named = |key: &&Jwk| header.kid.is_none() || key.common.key_id == header.kid;
        let mut fitting = self.0.iter().filter(named).filter(|key| fits(key, header.algorithm));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => {
                DecodingKey::from_jwk(key).map_or(Found::None, |key| Found::Key(Box::new(key)))
            }
            (Some(_), Some(_)) => Found::Several,
            (None, _) => Found::None,
        }
    }
}

/// Whether a key is of the type that an algorithm takes (RFC 7518, section 3.1; RFC 8037, section 3.1), and not meant for anything
/// else.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let kind = match (&key.algorithm, algorithm) {
        (
            AlgorithmParameters::RSA(_),
            Algorithm::RS256
            | Algorithm::RS384
            | Algorithm::RS512
            | Algorithm::PS256
            | Algorithm::PS384
            | Algorithm::PS512,
        ) => true,
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES256) => key.curve == EllipticCurve::P256,
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES384) => key.curve == EllipticCurve::P384,
        (AlgorithmParameters::OctetKeyPair(key), Algorithm::EdDSA) => key.curve == EllipticCurve::Ed25519,
        _ => false,
    };
    let common = &key.common;
    kind && common.key_algorithm.is_none_or(|only| only == algorithm.into())
        && common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature)
        && common.key_operations.as_ref().is_none_or(|may| may.contains(&KeyOperations::Verify))
}
