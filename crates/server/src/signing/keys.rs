//! The keys that sign, as a node remembers them.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chinwag_store::{KEY_SIGNS, NewSigningKey, SigningKey, Store};
use jsonwebtoken::{DecodingKey, EncodingKey};
use tokio::time::Instant;
use uuid::Uuid;

use crate::accounts::now;
use crate::error::Error;

/// How long what the store has told is believed: how late a node begins to use a new key.
const FRESH: Duration = Duration::from_secs(5 * 60);
/// For a key that is not known here the store is asked at most this often: a name of a key costs nothing to make up.
const PAUSE: Duration = Duration::from_secs(1);
/// Most keys that are remembered. There are two at most, unless clocks were set.
const REMEMBERED: usize = 16;

/// A key.
pub(super) struct Key {
    pub(super) id: Uuid,
    pub(super) secret: EncodingKey,
    pub(super) public: DecodingKey,
    /// The public key in base64url (RFC 8037, section 2).
    pub(super) x: String,
    /// Whether it is to sign no more, as far as is known here.
    is_old: bool,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What the store has told last.
#[derive(Clone, Default)]
struct Known {
    /// The newest first.
    keys: Arc<[Arc<Key>]>,
    /// When it was asked.
    asked: Option<Instant>,
}

impl Known {
    fn is_older_than(&self, age: Duration) -> bool {
        self.asked.is_none_or(|asked| asked.elapsed() >= age)
    }
}

/// The keys that there are.
#[derive(Default)]
pub(super) struct Keys {
    known: Mutex<Known>,
    /// Whoever asks the store holds it; others wait and find the answer.
    asking: tokio::sync::Mutex<()>,
}

impl Keys {
    /// All of them, the newest first.
    pub(super) async fn all(&self, store: &dyn Store) -> Result<Arc<[Arc<Key>]>, Error> {
        self.fresh(store, FRESH).await
    }

    /// The one that signs now. It is made if there is none, or none whose time is not over.
    pub(super) async fn signing(&self, store: &dyn Store) -> Result<Arc<Key>, Error> {
        let keys = self.fresh(store, FRESH).await?;
        if let Some(newest) = keys.first().filter(|key| !key.is_old) {
            return Ok(Arc::clone(newest));
        }
        let _asking = self.asking.lock().await;
        // Whoever held it before may have made one.
        let keys = self.known().keys;
        if let Some(newest) = keys.first().filter(|key| !key.is_old) {
            return Ok(Arc::clone(newest));
        }
        let keys = self.remember(store.renew_signing_key(generate()?).await?, true);
        keys.first().cloned().ok_or_else(|| unusable("the store has kept no key"))
    }

    /// The one with this name. Another node may have made it just now.
    pub(super) async fn with(&self, store: &dyn Store, id: Uuid) -> Result<Option<Arc<Key>>, Error> {
        let find = |keys: &[Arc<Key>]| keys.iter().find(|key| key.id == id).cloned();
        if let Some(key) = find(&self.known().keys) {
            return Ok(Some(key));
        }
        Ok(find(&self.fresh(store, PAUSE).await?))
    }

    /// What the store has told less than `age` ago, or tells now.
    async fn fresh(&self, store: &dyn Store, age: Duration) -> Result<Arc<[Arc<Key>]>, Error> {
        let known = self.known();
        if !known.is_older_than(age) {
            return Ok(known.keys);
        }
        let _asking = self.asking.lock().await;
        let known = self.known();
        if !known.is_older_than(age) {
            return Ok(known.keys);
        }
        Ok(self.remember(store.signing_keys().await?, false))
    }

    fn known(&self) -> Known {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers what the store has told. If it has just `renewed` them, the newest signs, however old it is by the clock here.
    fn remember(&self, told: Vec<SigningKey>, renewed: bool) -> Arc<[Arc<Key>]> {
        let keys = told.iter().take(REMEMBERED).enumerate().filter_map(|(place, key)| {
            let is_old = key.at.plus(KEY_SIGNS) <= now() && !(renewed && place == 0);
            let read = read(key, is_old);
            if read.is_none() {
                tracing::error!(key = %key.id, "a key in the store is no Ed25519 key in PKCS #8");
            }
            read.map(Arc::new)
        });
        let known = Known { keys: keys.collect(), asked: Some(Instant::now()) };
        let keys = Arc::clone(&known.keys);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = known;
        keys
    }
}

fn read(key: &SigningKey, is_old: bool) -> Option<Key> {
    let pair = Ed25519KeyPair::from_pkcs8(&key.secret).ok()?;
    let public = pair.public_key().as_ref();
    Some(Key {
        id: key.id,
        secret: EncodingKey::from_ed_der(&key.secret),
        public: DecodingKey::from_ed_der(public),
        x: URL_SAFE_NO_PAD.encode(public),
        is_old,
    })
}

fn generate() -> Result<NewSigningKey, Error> {
    let secret = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new());
    let secret = secret.map_err(|_| unusable("a key could not be made"))?.as_ref().to_vec();
    Ok(NewSigningKey { id: Uuid::now_v7(), secret })
}

fn unusable(why: &'static str) -> Error {
    tracing::error!(why, "no token can be signed");
    Error::Internal
}
