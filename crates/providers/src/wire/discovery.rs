//! What an issuer says of itself (OpenID Connect Discovery, sections 3 and 4.2; RFC 9207, section 3).

use serde::Deserialize;
use url::Url;

use super::Unusable;
use crate::address::{self, Plain};
use crate::failure::said;

#[cfg(test)]
mod tests;

/// What an issuer says of itself, as far as it concerns us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    /// Where people are sent.
    pub authorization_endpoint: Url,
    /// Where codes are exchanged.
    pub token_endpoint: Url,
    /// Where its keys are.
    pub jwks_uri: Url,
    /// Where it tells more about somebody.
    pub userinfo_endpoint: Option<Url>,
    /// How a client with a secret shows there who it is.
    pub authentication: ClientAuthentication,
    /// Whether it always names itself when it sends a browser back.
    pub names_itself: bool,
    /// Whether it may know handles (`preferred_username`): only if it lists what it knows, and they are not there, it does not.
    pub handles: bool,
}

/// How a client with a secret shows who it is (OpenID Connect Core, section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// `client_secret_basic`: in a header.
    Basic,
    /// `client_secret_post`: in the form.
    Post,
    /// Neither: we cannot.
    Neither,
}

#[derive(Deserialize)]
struct Fields {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    response_types_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    authorization_response_iss_parameter_supported: Option<bool>,
    claims_supported: Option<Vec<String>>,
}

impl Discovery {
    /// Where the document of `issuer` is (OpenID Connect Discovery, section 4).
    pub fn address(issuer: &str) -> String {
        format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer))
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`Unusable`] if it is not of exactly this issuer (section 4.3), misses an address, names one that is neither https nor on this
    /// machine like the issuer itself, or has no authorization codes.
    pub fn read(body: &[u8], issuer: &str) -> Result<Self, Unusable> {
        let fields: Fields = serde_json::from_slice(body).map_err(|error| {
            Unusable::new(format!("the discovery document is not readable: {}", said(&error.to_string())))
        })?;
        if fields.issuer != issuer {
            return Err(Unusable::new(format!("the discovery document is of {}", said(&fields.issuer))));
        }
        // Who is https itself has no reason to send us to anything on this machine without it.
        let plain = if issuer.starts_with("http:") { Plain::OnThisMachine } else { Plain::Nowhere };
        let address = |name: &str, text: &str| {
            address::parse(text, plain)
                .map_err(|fault| Unusable::new(format!("{name} of the discovery document {fault}")))
        };
        if fields.response_types_supported.is_some_and(|types| !types.iter().any(|kind| kind == "code")) {
            return Err(Unusable::new("the issuer does not support authorization codes"));
        }
        let authentication = match fields.token_endpoint_auth_methods_supported {
            None => ClientAuthentication::Basic,
            Some(methods) => {
                let has = |name: &str| methods.iter().any(|method| method == name);
                if has("client_secret_basic") {
                    ClientAuthentication::Basic
                } else if has("client_secret_post") {
                    ClientAuthentication::Post
                } else {
                    ClientAuthentication::Neither
                }
            }
        };
        Ok(Self {
            authorization_endpoint: address("authorization_endpoint", &fields.authorization_endpoint)?,
            token_endpoint: address("token_endpoint", &fields.token_endpoint)?,
            jwks_uri: address("jwks_uri", &fields.jwks_uri)?,
            userinfo_endpoint: fields
                .userinfo_endpoint
                .map(|text| address("userinfo_endpoint", &text))
                .transpose()?,
            authentication,
            names_itself: fields.authorization_response_iss_parameter_supported.unwrap_or(false),
            handles: fields
                .claims_supported
                .is_none_or(|claims| claims.iter().any(|claim| claim == "preferred_username")),
        })
    }
}
