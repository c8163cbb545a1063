//! Errors that providers send: what the standard calls for, and what Facebook's Graph API has.

use serde::Deserialize;
use serde_json::Value;

use crate::error::ProviderError;
use crate::failure::said;

#[cfg(test)]
mod tests;

/// An error of a provider. It is written for the log, cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// As OAuth has it (RFC 6749, section 5.2).
    OAuth(OAuthComplaint),
    /// As Facebook has it.
    Graph(GraphComplaint),
}

/// An error as OAuth has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthComplaint {
    pub(crate) error: String,
    pub(crate) reason: Option<String>,
    pub(crate) description: Option<String>,
}

/// An error as Facebook has it:
/// <https://developers.facebook.com/docs/graph-api/guides/error-handling>.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GraphComplaint {
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) code: i64,
    #[serde(default)]
    pub(crate) error_subcode: Option<i64>,
}

/// An answer with an error in it.
#[derive(Deserialize)]
struct WithError {
    error: Option<Error>,
    error_description: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Error {
    OAuth(String),
    Graph(GraphComplaint),
}

impl Complaint {
    /// The error in an answer, if it has one.
    pub fn read(body: &[u8]) -> Option<Self> {
        let with_error: WithError = serde_json::from_slice(body).ok()?;
        Some(match with_error.error? {
            Error::OAuth(error) => {
                let description =
                    with_error.error_description.as_ref().and_then(Value::as_str).map(str::to_owned);
                Self::OAuth(OAuthComplaint { error, reason: None, description })
            }
            Error::Graph(complaint) => Self::Graph(complaint),
        })
    }

    /// What it means where a token was asked for.
    pub fn token_error(&self) -> ProviderError {
        match self {
            Self::OAuth(complaint) => complaint.token_error(),
            Self::Graph(complaint) => complaint.token_error(),
        }
    }
}

impl OAuthComplaint {
    /// What it means where the browser brought it (RFC 6749, section 4.1.2.1; OpenID Connect Core, section 3.1.2.6).
    pub(crate) fn authorization_error(&self) -> ProviderError {
        match (&*self.error, self.reason.as_deref()) {
            (_, Some("user_denied"))
            | (
                "access_denied"
                | "login_required"
                | "interaction_required"
                | "consent_required"
                | "account_selection_required",
                _,
            ) => ProviderError::Refused,
            ("server_error" | "temporarily_unavailable", _) => ProviderError::Unavailable,
            _ => ProviderError::Misconfigured,
        }
    }

    /// What it means where a token was asked for (RFC 6749, section 5.2). GitHub has words of its own:
    /// <https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors>.
    fn token_error(&self) -> ProviderError {
        match &*self.error {
            "invalid_grant" | "bad_verification_code" => ProviderError::CodeExpired,
            "unverified_user_email" => ProviderError::EmailUnconfirmed,
            "server_error" | "temporarily_unavailable" | "slow_down" => ProviderError::Unavailable,
            _ => ProviderError::Misconfigured,
        }
    }
}

impl GraphComplaint {
    /// What it means where a token was asked for. 100 is a parameter that is not right: the code, in whatever way, because all
    /// others are the same each time. 101 is an application that is not known, and 1 with this text is not documented otherwise
    /// than as one that may pass.
    fn token_error(&self) -> ProviderError {
        match self.code {
            100 => ProviderError::CodeExpired,
            101 | 191 => ProviderError::Misconfigured,
            1 if self.message.contains("client secret") => ProviderError::Misconfigured,
            _ => ProviderError::Unavailable,
        }
    }
}

impl std::fmt::Display for Complaint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OAuth(complaint) => complaint.fmt(f),
            Self::Graph(complaint) => complaint.fmt(f),
        }
    }
}

impl std::fmt::Display for OAuthComplaint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the provider says {}", said(&self.error))?;
        for more in [&self.reason, &self.description].into_iter().flatten() {
            write!(f, ", {}", said(more))?;
        }
        Ok(())
    }
}

impl std::fmt::Display for GraphComplaint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the provider says {} {}", said(&self.kind), self.code)?;
        if let Some(subcode) = self.error_subcode {
            write!(f, "/{subcode}")?;
        }
        write!(f, ", {}", said(&self.message))
    }
}
