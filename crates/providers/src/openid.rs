//! Who somebody is at an issuer of OpenID Connect.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use url::Url;

use crate::cached::Cached;
use crate::error::ProviderError;
use crate::failure::Failure;
use crate::http::{Credentials, HttpClient};
use crate::person::Person;
use crate::wire::Unusable;
use crate::wire::claims::{Claims, ClaimsFault, Expected, Profile, UserInfo};
use crate::wire::discovery::Discovery;
use crate::wire::id_token::IdToken;
use crate::wire::keys::{Found, KeySet};
use crate::wire::token::Granted;

/// OpenID Connect Core, sections 3.1.2.1 and 5.4.
pub(crate) const SCOPES: &[&str] = &["openid", "profile", "email"];

/// An issuer, and what it has said of itself.
pub(crate) struct OpenId {
    issuer: String,
    discovery: Cached<Discovery>,
    keys: Cached<KeySet>,
}

impl From<Unusable> for Failure {
    fn from(unusable: Unusable) -> Self {
        Self::token_invalid(unusable.to_string())
    }
}

impl OpenId {
    pub(crate) fn new(issuer: String) -> Self {
        Self { issuer, discovery: Cached::new(), keys: Cached::new() }
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What the issuer says of itself.
    pub(crate) async fn discovery(&self, http: &HttpClient) -> Result<Arc<Discovery>, Failure> {
        let fetch = || {
            let (http, issuer) = (http.clone(), self.issuer.clone());
            async move {
                let url = Url::parse(&Discovery::address(&issuer))
                    .map_err(|error| Failure::unavailable(format!("the issuer is no address: {error}")))?;
                let answer = http.get(url, Credentials::None).await?;
                let body = answer.ok("the discovery document")?;
                Discovery::read(body, &issuer).map_err(|unusable| Failure::unavailable(unusable.to_string()))
            }
        };
        self.discovery.get(fetch).await
    }

    /// Who a token is about.
    pub(crate) async fn person(
        &self,
        http: &HttpClient,
        client_id: &str,
        nonce: &str,
        granted: &Granted,
    ) -> Result<Person, Failure> {
        let discovery = self.discovery(http).await?;
        let token =
            granted.id_token.as_ref().ok_or_else(|| Failure::token_invalid("there is no ID token"))?;
        let token = IdToken::read(token.expose())?;
        let claims = Claims::read(&self.verified(http, &discovery, &token).await?)?;
        let expected = Expected { issuer: &self.issuer, client_id, nonce, now: now() };
        claims.check(&expected).map_err(|fault| match fault {
            ClaimsFault::Invalid(unusable) => unusable.into(),
            ClaimsFault::Clocks(unusable) => Failure::new(ProviderError::ClocksDiffer, unusable.to_string()),
        })?;
        let mut person = Person::new(&self.issuer, claims.subject())?;
        let mut profile = claims.into_profile();
        if profile.is_incomplete(discovery.handles) {
            let more = more(http, &discovery, &person, granted).await?;
            profile = profile.or(more);
        }
        profile.tell(&mut person);
        Ok(person)
    }

    /// What a token says, signed by one of the issuer's keys. If it is signed by none that we know, the issuer may have taken new ones.
    async fn verified(
        &self,
        http: &HttpClient,
        discovery: &Discovery,
        token: &IdToken<'_>,
    ) -> Result<Vec<u8>, Failure> {
        let fetch = || {
            let (http, url) = (http.clone(), discovery.jwks_uri.clone());
            async move {
                let answer = http.get(url, Credentials::None).await?;
                KeySet::read(answer.ok("the set of keys")?)
                    .map_err(|unusable| Failure::unavailable(unusable.to_string()))
            }
        };
        let keys = self.keys.get(fetch).await?;
        match payload(&keys, token) {
            Err(Unsigned::KeyUnknown) => {}
            signed => return signed.map_err(Failure::from),
        }
        let keys = self.keys.after(&keys, fetch).await?;
        let keys = keys.ok_or_else(|| Failure::from(Unsigned::KeyUnknown))?;
        payload(&keys, token).map_err(Failure::from)
    }
}

/// Why a token is not taken for signed.
enum Unsigned {
    KeyUnknown,
    KeyUnclear,
    Wrong,
}

impl From<Unsigned> for Failure {
    fn from(unsigned: Unsigned) -> Self {
        Self::token_invalid(match unsigned {
            Unsigned::KeyUnknown => "the ID token is signed by a key that the issuer does not have",
            Unsigned::KeyUnclear => "the ID token does not say which of the issuer's keys it is signed by",
            Unsigned::Wrong => "the ID token's signature is wrong",
        })
    }
}

fn payload(keys: &KeySet, token: &IdToken<'_>) -> Result<Vec<u8>, Unsigned> {
    let key = match keys.find(&token.header) {
        Found::Key(key) => key,
        Found::None => return Err(Unsigned::KeyUnknown),
        Found::Several => return Err(Unsigned::KeyUnclear),
    };
    match token.verified(&key) {
        Some(payload) => Ok(payload.to_vec()),
        // The only key of an issuer whose keys have no names may be another now.
        None if token.header.kid.is_none() => Err(Unsigned::KeyUnknown),
        None => Err(Unsigned::Wrong),
    }
}

/// What the userinfo endpoint says about somebody (OpenID Connect Core, section 5.3). Nothing if there is none, or it does not let us
/// ask: then what the ID token says is all there is.
async fn more(
    http: &HttpClient,
    discovery: &Discovery,
    person: &Person,
    granted: &Granted,
) -> Result<Profile, Failure> {
    let Some(endpoint) = &discovery.userinfo_endpoint else { return Ok(Profile::default()) };
    let answer = http.get(endpoint.clone(), Credentials::Bearer(granted.access_token.expose())).await?;
    if matches!(answer.status, 401 | 403 | 404) {
        tracing::debug!(
            issuer = person.issuer,
            status = answer.status,
            "an issuer tells no more about somebody"
        );
        return Ok(Profile::default());
    }
    let info = UserInfo::read(answer.ok("the answer about somebody")?)
        .map_err(|unusable| Failure::unavailable(unusable.to_string()))?;
    if info.subject() != person.subject {
        return Err(Failure::token_invalid("the userinfo endpoint tells about somebody else"));
    }
    Ok(info.into_profile())
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
