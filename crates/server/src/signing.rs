//! Short-lived tokens: JWTs (RFC 7519, in the form of RFC 9068) signed with Ed25519 (RFC 8037).
//!
//! They are for clients that hold no cookie and should not hold a token that lasts. Each hangs on the session or access token
//! that it was made from, and ends with that. What they claim, and when that is believed, is `chinwag_model::token`; here are
//! the keys.

mod keys;

use std::time::Duration;

use chinwag_model::token::{Claims, Expected, Fault, TYPE};
use chinwag_store::Store;
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use serde::Serialize;
use uuid::Uuid;

use self::keys::Keys;
use crate::accounts::now;
use crate::error::Error;

/// How far apart the clocks of nodes may be.
const CLOCKS: Duration = Duration::from_secs(60);

/// Makes short-lived tokens, and looks at those that come.
pub(crate) struct Signing {
    /// Who makes them, and for whom they are.
    issuer: String,
    /// How far ahead the clock may be of whoever made one that comes.
    ahead: Duration,
    keys: Keys,
}

/// The keys by which others can look at our tokens: a JWK Set (RFC 7517, section 5).
#[derive(Serialize)]
pub(crate) struct PublicKeys {
    keys: Vec<PublicKey>,
}

/// One of them (RFC 8037, section 2).
#[derive(Serialize)]
struct PublicKey {
    kty: &'static str,
    crv: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    kid: Uuid,
    x: String,
}

impl Signing {
    /// For the installation at this address or, where that is not known, with this workspace.
    pub(crate) fn new(public_url: Option<&http::Uri>, store: &dyn Store) -> Self {
        let issuer = match public_url {
            Some(url) => url.to_string().trim_end_matches('/').to_owned(),
            None => format!("chinwag:{}", store.workspace()),
        };
        // Who is alone has one clock.
        let ahead = if store.is_shared() { CLOCKS } else { Duration::ZERO };
        Self { issuer, ahead, keys: Keys::default() }
    }

    /// Who makes them, and for whom they are.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The token that claims this.
    pub(crate) async fn sign(&self, store: &dyn Store, claims: &Claims) -> Result<String, Error> {
        let key = self.keys.signing(store).await?;
        let kid = Some(key.id.to_string());
        let header = Header { typ: Some(TYPE.to_owned()), kid, ..Header::new(Algorithm::EdDSA) };
        encode(&header, claims, &key.secret).map_err(|error| {
            tracing::error!(%error, "a token could not be signed");
            Error::Internal
        })
    }

    /// What a token claims, if it is one of ours and its time is not over. Whether what it was made from is still there is for
    /// somebody else to look at.
    pub(crate) async fn claims(&self, store: &dyn Store, token: &str) -> Result<Claims, Error> {
        let header = decode_header(token).map_err(|_| Error::Unauthenticated)?;
        // By what a token says of itself it only chooses among our keys. What it wants to be understood (RFC 7515, section
        // 4.1.11) is nothing that we have asked for.
        let is_ours =
            header.alg == Algorithm::EdDSA && header.typ.as_deref() == Some(TYPE) && header.crit.is_none();
        let kid = header.kid.filter(|_| is_ours).and_then(|kid| Uuid::try_parse(&kid).ok());
        let key = match kid {
            Some(kid) => self.keys.with(store, kid).await?,
            None => None,
        };
        let key = key.ok_or(Error::Unauthenticated)?;
        let signed = decode::<Claims>(token, &key.public, &signature_alone());
        let claims = signed.map_err(|_| Error::Unauthenticated)?.claims;
        let expected = Expected { issuer: &self.issuer, now: now(), ahead: self.ahead };
        match claims.check(expected) {
            Ok(()) => Ok(claims),
            Err(Fault::Expired) => Err(Error::TokenExpired),
            Err(fault) => {
                tracing::debug!(?fault, "a token that we have signed is not to be believed");
                Err(Error::Unauthenticated)
            }
        }
    }

    /// By what others can look at our tokens. Until the first was made there is none.
    pub(crate) async fn public(&self, store: &dyn Store) -> Result<PublicKeys, Error> {
        let keys = self.keys.all(store).await?;
        let public = keys.iter().map(|key| PublicKey {
            kty: "OKP",
            crv: "Ed25519",
            usage: "sig",
            alg: "EdDSA",
            kid: key.id,
            x: key.x.clone(),
        });
        Ok(PublicKeys { keys: public.collect() })
    }
}

/// That a signature is right, by the one algorithm that there is. The claims are checked by [`Claims::check`], all of them and
/// by the clock that sessions go by.
fn signature_alone() -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}
