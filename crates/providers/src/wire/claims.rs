//! What an ID token or a userinfo endpoint says (OpenID Connect Core, sections 2, 3.1.3.7 and 5).

use serde::Deserialize;
use serde_json::{Number, Value};

use super::Unusable;
use crate::failure::said;
use crate::person::{self, Email, Person};

#[cfg(test)]
mod tests;

/// By how many seconds two clocks may differ.
const LEEWAY: f64 = 60.0;

/// What an ID token says.
#[derive(Clone, Debug, Deserialize)]
pub struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: Number,
    iat: Number,
    nbf: Option<Number>,
    nonce: Option<String>,
    #[serde(flatten)]
    profile: Profile,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// What is said about somebody. What is not of the type that it should be is not there.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Profile {
    name: Option<Value>,
    preferred_username: Option<Value>,
    email: Option<Value>,
    email_verified: Option<Value>,
}

/// What a userinfo endpoint says (section 5.3.2).
#[derive(Clone, Debug, Deserialize)]
pub struct UserInfo {
    sub: String,
    #[serde(flatten)]
    profile: Profile,
}

/// What an ID token has to say to be good.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Who issues it.
    pub issuer: &'a str,
    /// Who we are there.
    pub client_id: &'a str,
    /// What was sent when it was begun.
    pub nonce: &'a str,
    /// Now, in seconds since 1970.
    pub now: f64,
}

/// Why an ID token is not good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsFault {
    /// It is not for this sign-in, in whatever way.
    #[error("{0}")]
    Invalid(Unusable),
    /// It is not good yet, or not any more: the clocks differ.
    #[error("{0}")]
    Clocks(Unusable),
}

impl Claims {
    /// Reads the payload of an ID token, whose signature must have been verified.
    ///
    /// # Errors
    /// [`Unusable`] if a claim that must be there is not, one is of another type, or twice there.
    pub fn read(payload: &[u8]) -> Result<Self, Unusable> {
        serde_json::from_slice(payload).map_err(|error| {
            Unusable::new(format!("the ID token is not readable: {}", said(&error.to_string())))
        })
    }

    /// Whether they are good (section 3.1.3.7).
    ///
    /// # Errors
    /// See [`ClaimsFault`].
    pub fn check(&self, expected: &Expected<'_>) -> Result<(), ClaimsFault> {
        let invalid = |reason: String| Err(ClaimsFault::Invalid(Unusable(reason)));
        if self.iss != expected.issuer {
            return invalid(format!("the ID token is of the issuer {}", said(&self.iss)));
        }
        let (for_us, several) = match &self.aud {
            Audience::One(audience) => (audience == expected.client_id, false),
            Audience::Several(all) => (all.iter().any(|one| one == expected.client_id), all.len() > 1),
        };
        if !for_us {
            return invalid("the ID token is for another client".to_owned());
        }
        match &self.azp {
            Some(party) if party != expected.client_id => {
                return invalid(format!("the ID token is used by {}", said(party)));
            }
            None if several => return invalid("the ID token is for several clients".to_owned()),
            _ => {}
        }
        if self.nonce.as_deref() != Some(expected.nonce) {
            return invalid("the ID token is of another sign-in: its nonce is another".to_owned());
        }
        self.check_times(expected.now)
    }

    fn check_times(&self, now: f64) -> Result<(), ClaimsFault> {
        let seconds = |name: &str, number: &Number| {
            number.as_f64().filter(|number| number.is_finite()).ok_or_else(|| {
                ClaimsFault::Invalid(Unusable::new(format!("{name} of the ID token is no time")))
            })
        };
        let clocks = |reason: String| {
            Err(ClaimsFault::Clocks(Unusable(format!("{reason}; the clock here says {now:.0}"))))
        };
        let (expires, issued) = (seconds("exp", &self.exp)?, seconds("iat", &self.iat)?);
        if issued > now + LEEWAY {
            return clocks(format!("the ID token was issued at {issued:.0}"));
        }
        if let Some(begins) = &self.nbf {
            let begins = seconds("nbf", begins)?;
            if begins > now + LEEWAY {
                return clocks(format!("the ID token is good from {begins:.0} on"));
            }
        }
        if expires <= now - LEEWAY {
            return clocks(format!("the ID token was good until {expires:.0}"));
        }
        Ok(())
    }

    /// Who they are.
    pub fn subject(&self) -> &str {
        &self.sub
    }

    /// What they say about somebody.
    pub fn into_profile(self) -> Profile {
        self.profile
    }
}

impl UserInfo {
    /// Reads an answer.
    ///
    /// # Errors
    /// [`Unusable`] if it does not say whom it is about.
    pub fn read(body: &[u8]) -> Result<Self, Unusable> {
        serde_json::from_slice(body).map_err(|error| {
            Unusable::new(format!("the answer about somebody is not readable: {}", said(&error.to_string())))
        })
    }

    /// Whom it is about. It must be whom the ID token is about (section 5.3.2).
    pub fn subject(&self) -> &str {
        &self.sub
    }

    /// What it says about them.
    pub fn into_profile(self) -> Profile {
        self.profile
    }
}

impl Profile {
    /// Whether something could be asked for elsewhere. Handles are not known to every issuer (`handles`).
    pub fn is_incomplete(&self, handles: bool) -> bool {
        let told = self.name.is_some() && self.email.is_some() && self.email_verified.is_some();
        !told || (handles && self.preferred_username.is_none())
    }

    /// With what is missing taken from `other`. An address and whether it is verified come from the same place.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        if other.email.is_some() && (self.email.is_none() || self.email_verified.is_none()) {
            (self.email, self.email_verified) = (other.email, other.email_verified);
        }
        self.name = self.name.or(other.name);
        self.preferred_username = self.preferred_username.or(other.preferred_username);
        self
    }

    /// Says it of somebody.
    pub(crate) fn tell(&self, person: &mut Person) {
        let text = |claim: &Option<Value>| claim.as_ref().and_then(Value::as_str).and_then(person::name);
        person.name = text(&self.name);
        person.handle = text(&self.preferred_username);
        let address = self.email.as_ref().and_then(Value::as_str);
        person.email = address.and_then(|address| Email::new(address, self.email_is_verified()));
    }

    /// A boolean (section 5.1), which some write as a string.
    fn email_is_verified(&self) -> bool {
        match &self.email_verified {
            Some(Value::Bool(verified)) => *verified,
            Some(Value::String(text)) => text == "true",
            _ => false,
        }
    }
}
