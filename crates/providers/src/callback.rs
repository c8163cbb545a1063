//! What the browser comes back with (RFC 6749, section 4.1.2; OpenID Connect Core, section 3.1.2.5).

use std::collections::HashSet;

use crate::error::ProviderError;
use crate::failure::{Failure, said};
use crate::secret::Secret;
use crate::wire::complaint::OAuthComplaint;

#[cfg(test)]
mod tests;

/// Most bytes of a query, and parameters in it.
const QUERY_BYTES: usize = 16 * 1_024;
const PARAMETERS: usize = 50;
/// Most bytes of a `state`. Ours have 43.
const STATE_BYTES: usize = 128;
/// Most bytes of an authorization code. Facebook's have several hundred, others' are whole tokens.
const CODE_BYTES: usize = 8 * 1_024;
/// Most bytes of an error's code, and of an issuer.
const ERROR_BYTES: usize = 128;
const ISSUER_BYTES: usize = 2_048;

/// The query that the browser came back with, read. It says nothing about whom it came from: that is what `state` is for.
#[derive(Clone, Debug)]
pub struct Callback {
    state: Option<String>,
    /// RFC 9207, section 2.
    issuer: Option<String>,
    outcome: Result<Secret, OAuthComplaint>,
}

impl Callback {
    /// Reads a query, without the `?`. Parameters that are not known are passed over.
    ///
    /// # Errors
    /// [`ProviderError::CallbackInvalid`] if it is too long, has a parameter twice (RFC 6749, section 3.1), has neither a code nor an
    /// error or both, a code without state, or anything in them that has no place there.
    pub fn parse(query: &str) -> Result<Self, ProviderError> {
        read(query).ok_or(ProviderError::CallbackInvalid)
    }

    /// By what [`Pending`](crate::Pending) is found: 1 to 128 visible ASCII characters. A code never comes without; some providers
    /// leave it out when they send an error.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// What to say if nothing was found by its state: the provider's error if it sent one, else
    /// [`ProviderError::StateUnknown`].
    pub fn without_pending(&self) -> ProviderError {
        match &self.outcome {
            Ok(_) => ProviderError::StateUnknown,
            Err(complaint) => complaint.authorization_error(),
        }
    }

    /// The code, if all is well: the state is the one that was sent, and the issuer, where it is named, the right one.
    pub(crate) fn code(&self, state: &str, issuer: &Issuer<'_>) -> Result<&Secret, Failure> {
        let same = self.state.as_deref().is_some_and(|given| {
            aws_lc_rs::constant_time::verify_slices_are_equal(given.as_bytes(), state.as_bytes()).is_ok()
        });
        if !same {
            return Err(Failure::new(ProviderError::StateUnknown, "the state is another"));
        }
        let invalid = |detail: String| Failure::new(ProviderError::CallbackInvalid, detail);
        match (&self.issuer, issuer) {
            (Some(given), Issuer::NamedMaybe(expected) | Issuer::NamedAlways(expected))
                if given != expected =>
            {
                Err(invalid(format!("the browser came back from the issuer {}, not {expected}", said(given))))
            }
            (None, Issuer::NamedAlways(expected)) => Err(invalid(format!(
                "the browser came back without the issuer, which {expected} always names"
            ))),
            _ => self
                .outcome
                .as_ref()
                .map_err(|complaint| Failure::new(complaint.authorization_error(), complaint.to_string())),
        }
    }
}

/// What is known of the `iss` that a provider sends back with the browser (RFC 9207).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Issuer<'a> {
    /// Nothing: it is passed over.
    Unknown,
    /// If it is there it must be this one.
    NamedMaybe(&'a str),
    /// It must be there (RFC 9207, section 2.4).
    NamedAlways(&'a str),
}

fn read(query: &str) -> Option<Callback> {
    if query.len() > QUERY_BYTES {
        return None;
    }
    let mut seen = HashSet::new();
    let (mut state, mut issuer, mut code, mut error) = (None, None, None, None);
    let (mut reason, mut description) = (None, None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if seen.len() == PARAMETERS || !seen.insert(name.clone()) {
            return None;
        }
        let value = value.into_owned();
        match &*name {
            "state" => state = Some(visible(value, STATE_BYTES)?),
            "iss" => issuer = Some(visible(value, ISSUER_BYTES)?),
            "code" => code = Some(printable(value, CODE_BYTES)?),
            "error" => error = Some(printable(value, ERROR_BYTES)?),
            "error_reason" => reason = Some(value),
            "error_description" => description = Some(value),
            _ => {}
        }
    }
    let outcome = match (code, error) {
        (Some(code), None) if state.is_some() => Ok(Secret::new(code)),
        (None, Some(error)) => Err(OAuthComplaint { error, reason, description }),
        _ => return None,
    };
    Some(Callback { state, issuer, outcome })
}

/// Without spaces.
fn visible(text: String, most: usize) -> Option<String> {
    let fits = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    fits.then_some(text)
}

/// The characters of codes and errors (RFC 6749, appendix A.11 and A.7).
fn printable(text: String, most: usize) -> Option<String> {
    let fits = (1..=most).contains(&text.len()) && text.bytes().all(|b| matches!(b, b' '..=b'~'));
    fits.then_some(text)
}
