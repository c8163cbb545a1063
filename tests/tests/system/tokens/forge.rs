//! Short-lived tokens as a server would sign them, with claims of one's own.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chinwag_tests::server::Server;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};
use uuid::Uuid;

/// Now, in seconds since 1970.
pub(super) fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Now, in milliseconds.
pub(super) fn millis() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// A part of a token, read.
pub(super) fn part(token: &str, place: usize) -> Value {
    let part = token.split('.').nth(place).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// Somebody who has the server's own key.
pub(super) struct Forger {
    key: EncodingKey,
    /// The header of a good token.
    pub(super) header: Value,
    /// The claims of one.
    pub(super) claims: Value,
}

impl Forger {
    /// With the key that signs, and the claims of this token.
    pub(super) fn of(server: &Server, token: &str) -> Self {
        let database = rusqlite::Connection::open(server.data().join("chinwag.db")).unwrap();
        let (id, secret) = database
            .query_row("SELECT id, secret FROM signing_key ORDER BY at DESC LIMIT 1", [], |row| {
                Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?))
            })
            .unwrap();
        let header = part(token, 0);
        assert_eq!(header["kid"], Uuid::from_slice(&id).unwrap().to_string());
        Self { key: EncodingKey::from_ed_der(&secret), header, claims: part(token, 1) }
    }

    /// The good one, but for what is changed.
    pub(super) fn claiming(&self, changed: &[(&str, Value)]) -> String {
        self.sign(&self.header, &with(&self.claims, changed))
    }

    /// One that ends at this time, in seconds since 1970.
    pub(super) fn until(&self, end: u64) -> String {
        self.claiming(&[("iat", json!(end - 60)), ("exp", json!(end))])
    }

    /// The good claims under another header.
    pub(super) fn headed(&self, changed: &[(&str, Value)]) -> String {
        self.sign(&with(&self.header, changed), &self.claims)
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        signed(header, claims, &self.key, Algorithm::EdDSA)
    }
}

/// These signed in this way, whatever the header says.
pub(super) fn signed(header: &Value, claims: &Value, key: &EncodingKey, algorithm: Algorithm) -> String {
    let message = unsigned(header, claims);
    let signature = crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

/// What is signed.
pub(super) fn unsigned(header: &Value, claims: &Value) -> String {
    let encoded = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", encoded(header), encoded(claims))
}

/// The same object but for these; `null` takes one out.
pub(super) fn with(object: &Value, changed: &[(&str, Value)]) -> Value {
    let mut object = object.clone();
    for (name, value) in changed {
        if value.is_null() {
            object.as_object_mut().unwrap().remove(*name);
        } else {
            object[*name] = value.clone();
        }
    }
    object
}
