//! Why something was not done: one type, from which sockets and HTTP make the same answer.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use chinwag_model::{Message, Refusal, Scope};
use chinwag_providers::ProviderError;
use chinwag_store::StoreError;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::tokens::Token;

/// Why a command or request was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("{0}")]
    PayloadInvalid(String),
    #[error("{0}")]
    ContentType(&'static str),
    #[error("The body is larger than {limit} bytes. Send less.")]
    PayloadTooLarge { limit: usize },
    #[error("The body is too large. Send less.")]
    BodyTooLarge,
    #[error("The body took too long to come, and nothing was changed. Send it again.")]
    BodyTooSlow,
    #[error("There is nothing at this address.")]
    PageUnknown,
    #[error("This address does not take requests of this kind. What it takes is in docs/api.md.")]
    MethodNotAllowed,
    #[error("Sign in first: there is no session, or it has ended.")]
    Unauthenticated,
    #[error("This token has expired. Get another one.")]
    TokenExpired,
    #[error("{0}")]
    TokenRefused(&'static str),
    #[error("This token does not have the scope {}. Use one that has it.", .0.as_str())]
    ScopeMissing(Scope),
    #[error("A token is not enough for this. Sign in, and do it yourself.")]
    SessionRequired,
    #[error("The name or the password is wrong.")]
    BadCredentials,
    #[error("Your present password is another one. Type it again.")]
    PasswordWrong,
    #[error("One step is left: give the code that your app shows, or one of your recovery codes.")]
    SecondFactorRequired(Token),
    #[error("This code is wrong, or it was used before. Give the one that your app shows now.")]
    CodeWrong,
    #[error("It took too long, or too many codes were wrong. Sign in again.")]
    SignInOver,
    #[error("It took too long, or too many codes were wrong. Begin again, with a new secret for your app.")]
    SetUpOver,
    #[error("For this you have to have signed in within 10 minutes. Sign in again, then do it.")]
    SignInAgain,
    #[error("Your role needs a second factor. Set one up on the page /account/second-factor, then go on.")]
    SecondFactorMissing,
    #[error(transparent)]
    Provider(#[from] ProviderError),
    #[error(
        "Only people with certain e-mail addresses come in by this service, and it does not say that one of them is yours. Sign in there with another account, or here in another way."
    )]
    EmailNotAllowed,
    #[error(
        "This is no picture that can be used. Send a PNG, JPEG, GIF or WebP of at most 8,192 pixels on each side."
    )]
    PictureInvalid,
    #[error("{0}")]
    CommandRefused(String),
    #[error("Nobody is there at the moment who could do /{0}, and nothing was done. Try again later.")]
    CommandUnavailable(String),
    #[error(
        "Nobody has answered /{0} in time. It may have been done all the same: look before you try again."
    )]
    CommandUnanswered(String),
    #[error("The request comes from a page of another site. Open Chinwag itself and try again.")]
    CrossOrigin,
    #[error("Too often. Try again in {} s.", seconds(.0))]
    RateLimited(Duration),
    #[error("It could not be stored, and nothing was changed. Try again in a moment.")]
    NotStored,
    #[error(
        "The store failed while this was being stored. Try again with the same nonce to learn whether it was."
    )]
    OutcomeUnknown,
    #[error(
        "The server is going down, is too busy or cannot read its disk, and nothing was changed. Try again in a moment."
    )]
    Unavailable,
    #[error("Something went wrong on our side. The log of the server tells more.")]
    Internal,
}

/// Whole seconds, rounded up.
fn seconds(wait: &Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => Self::Refused(refusal),
            StoreError::NotStored(_) => Self::NotStored,
            StoreError::OutcomeUnknown(_) => Self::OutcomeUnknown,
            StoreError::NotRead(_) | StoreError::Busy => Self::Unavailable,
        }
    }
}

/// The answer that says so, over sockets and HTTP alike.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    ok: bool,
    error: Detail,
}

#[derive(Debug, Serialize)]
struct Detail {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<Box<Message>>,
    /// With which one goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pending: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
}

impl Error {
    /// The stable code, as documented in `docs/api.md`.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::PayloadInvalid(_) => "payload_invalid",
            Self::ContentType(_) => "content_type",
            Self::PayloadTooLarge { .. } | Self::BodyTooLarge => "payload_too_large",
            Self::BodyTooSlow => "request_timeout",
            Self::PageUnknown => "page_unknown",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Unauthenticated => "unauthenticated",
            Self::TokenExpired => "token_expired",
            Self::TokenRefused(_) => "token_refused",
            Self::ScopeMissing(_) => "scope_missing",
            Self::SessionRequired => "session_required",
            Self::BadCredentials => "bad_credentials",
            Self::PasswordWrong => "password_wrong",
            Self::SecondFactorRequired(_) => "second_factor_required",
            Self::CodeWrong => "code_wrong",
            Self::SignInOver => "sign_in_over",
            Self::SetUpOver => "set_up_over",
            Self::SignInAgain => "sign_in_again",
            Self::SecondFactorMissing => "second_factor_missing",
            Self::Provider(error) => error.code(),
            Self::EmailNotAllowed => "email_not_allowed",
            Self::PictureInvalid => "picture_invalid",
            Self::CommandRefused(_) => "command_refused",
            Self::CommandUnavailable(_) => "command_unavailable",
            Self::CommandUnanswered(_) => "command_unanswered",
            Self::CrossOrigin => "cross_origin",
            Self::RateLimited(_) => "rate_limited",
            Self::NotStored => "not_stored",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// The status under which HTTP says it.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Refused(refusal) => match refusal {
                Refusal::RoomUnknown
                | Refusal::MessageUnknown
                | Refusal::UserUnknown
                | Refusal::InvitationUnknown
                | Refusal::TokenUnknown
                | Refusal::JobUnknown => StatusCode::NOT_FOUND,
                Refusal::NotAMember
                | Refusal::Forbidden
                | Refusal::Muted
                | Refusal::Suspended
                | Refusal::SignUpClosed
                | Refusal::InvitationInvalid
                | Refusal::ResetInvalid
                | Refusal::GuestsClosed => StatusCode::FORBIDDEN,
                Refusal::NameTaken
                | Refusal::LastOwner
                | Refusal::NonceReused
                | Refusal::EditConflict { .. }
                | Refusal::TooManyRooms
                | Refusal::SecondFactorExists
                | Refusal::IdentityTaken
                | Refusal::LastWayIn
                | Refusal::TooManyIdentities
                | Refusal::TooManyTokens
                | Refusal::LeaseLost => StatusCode::CONFLICT,
                Refusal::NameInvalid(_)
                | Refusal::PasswordCommon
                | Refusal::PasswordTooShort
                | Refusal::PasswordTooLong
                | Refusal::MessageEmpty
                | Refusal::MessageTooLong { .. }
                | Refusal::MessageInvalid
                | Refusal::SearchEmpty
                | Refusal::PeopleInvalid
                | Refusal::RetentionInvalid
                | Refusal::LineInvalid { .. }
                | Refusal::NonceInvalid => StatusCode::BAD_REQUEST,
            },
            Self::PayloadInvalid(_) | Self::PictureInvalid => StatusCode::BAD_REQUEST,
            Self::ContentType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::PayloadTooLarge { .. } | Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::PageUnknown => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unauthenticated
            | Self::TokenExpired
            | Self::BadCredentials
            | Self::SecondFactorRequired(_) => StatusCode::UNAUTHORIZED,
            Self::Provider(ProviderError::Unavailable) => StatusCode::BAD_GATEWAY,
            Self::Provider(_)
            | Self::EmailNotAllowed
            | Self::CrossOrigin
            | Self::PasswordWrong
            | Self::CodeWrong
            | Self::SignInOver
            | Self::SetUpOver
            | Self::SignInAgain
            | Self::SecondFactorMissing
            | Self::TokenRefused(_)
            | Self::ScopeMissing(_)
            | Self::SessionRequired => StatusCode::FORBIDDEN,
            Self::CommandRefused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::CommandUnavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::CommandUnanswered(_) => StatusCode::GATEWAY_TIMEOUT,
            Self::RateLimited(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::NotStored | Self::OutcomeUnknown | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The answer.
    pub(crate) fn failure(&self) -> Failure {
        let retry_ms = match self {
            Self::RateLimited(wait) => Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1)),
            _ => None,
        };
        let current = match self {
            Self::Refused(Refusal::EditConflict { current }) => Some(current.clone()),
            _ => None,
        };
        let pending = match self {
            Self::SecondFactorRequired(token) => Some(token.expose().to_owned()),
            _ => None,
        };
        let scope = match self {
            Self::ScopeMissing(scope) => Some(scope.as_str()),
            _ => None,
        };
        Failure {
            ok: false,
            error: Detail { code: self.code(), message: self.to_string(), retry_ms, current, pending, scope },
        }
    }

    /// The answer to a program. `request` is the id to look for in the log.
    pub(crate) fn to_response(&self, request: &str) -> Response {
        let mut failure = self.failure();
        if matches!(self, Self::Internal) {
            failure.error.message = format!("{self} Look for the request {request}.");
        }
        self.with_headers((self.status(), Json(failure)).into_response())
    }

    /// Adds how long to wait, where that is known, and that the connection ends where the rest of a request was not read.
    pub(crate) fn with_headers(&self, mut response: Response) -> Response {
        let wait = match self {
            Self::PayloadTooLarge { .. } | Self::BodyTooSlow => {
                // What was not read would be taken for the next request.
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                return response;
            }
            Self::RateLimited(wait) => seconds(wait),
            Self::NotStored | Self::Unavailable => 1,
            _ => return response,
        };
        response.headers_mut().insert(header::RETRY_AFTER, wait.into());
        response
    }
}

/// An error on its way to whoever asked, to be put into the form that they want by the layer that explains errors.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
