//! Bodies: read only if they are not too large, and explained if they are not what was expected.

use std::time::Duration;

use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::rejection::RawFormRejection;
use axum::extract::{FromRequest, RawForm, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::object::Object;

/// How long a body may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// Refuses a body that says itself that it is too large, before any of it is read.
pub(super) async fn refuse_too_large(State(limit): State<usize>, request: Request, next: Next) -> Response {
    let length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: u64| length > limit as u64) {
        return Error::PayloadTooLarge { limit }.into_response();
    }
    next.run(request).await
}

/// A JSON body.
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        // Browsers send other kinds across sites without asking first.
        if content_type(request.headers()) != "application/json" {
            return Err(Error::ContentType("Send the body as JSON, with Content-Type: application/json."));
        }
        let bytes = in_time(Bytes::from_request(request, state)).await?;
        let bytes = bytes.map_err(|rejection| explain(rejection.status()))?;
        let mut body = serde_json::Deserializer::from_slice(&bytes);
        let parsed =
            serde_path_to_error::deserialize::<_, Object<T>>(&mut body).map_err(|error| error.to_string());
        let parsed = parsed.and_then(|parsed| body.end().map(|()| parsed).map_err(|error| error.to_string()));
        parsed.map(|Object(parsed)| Self(parsed)).map_err(|error| {
            Error::PayloadInvalid(format!("The body is not as documented in docs/api.md: {error}."))
        })
    }
}

/// A form.
pub(super) struct Form<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let form =
            in_time(RawForm::from_request(request, state)).await?.map_err(|rejection| match &rejection {
                RawFormRejection::InvalidFormContentType(_) => {
                    Error::ContentType("Send the body as a form, application/x-www-form-urlencoded.")
                }
                other => explain(other.status()),
            })?;
        // What is no UTF-8 would be replaced, and somebody's words changed without a word.
        if percent_encoding::percent_decode(&form.0).decode_utf8().is_err() {
            return Err(Error::PayloadInvalid("The form is not UTF-8. Send it again as UTF-8.".into()));
        }
        let parsed = serde_urlencoded::from_bytes(&form.0).map(Self);
        parsed.map_err(|error| Error::PayloadInvalid(format!("The form is not as expected: {error}.")))
    }
}

/// The kind of a body, without what may stand behind it.
fn content_type(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A picture as it is.
pub(super) struct Picture(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for Picture {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        const KINDS: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];
        if !KINDS.contains(&content_type(request.headers()).as_str()) {
            return Err(Error::ContentType(
                "Send a picture: image/png, image/jpeg, image/gif or image/webp.",
            ));
        }
        let bytes = in_time(Bytes::from_request(request, state)).await?;
        bytes.map(Self).map_err(|rejection| explain(rejection.status()))
    }
}

/// The file in a form that has one in the field `file`.
pub(super) struct File(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for File {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let form = Multipart::from_request(request, state).await;
        let mut form = form.map_err(|_| {
            Error::ContentType("Send the file in a form, multipart/form-data, in the field file.")
        })?;
        let file = in_time(async {
            while let Some(field) = form.next_field().await? {
                if field.name() == Some("file") {
                    return field.bytes().await.map(Some);
                }
            }
            Ok(None)
        });
        let file = file.await?.map_err(|error: MultipartError| explain(error.status()))?;
        let none = || Error::PayloadInvalid("There is no file in the form. Choose one first.".into());
        file.filter(|file| !file.is_empty()).map(Self).ok_or_else(none)
    }
}

/// Waits for a body, but not for one that trickles.
async fn in_time<T>(body: impl Future<Output = T>) -> Result<T, Error> {
    tokio::time::timeout(PATIENCE, body).await.map_err(|_| Error::BodyTooSlow)
}

fn explain(status: StatusCode) -> Error {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        Error::BodyTooLarge
    } else {
        Error::PayloadInvalid("The body could not be read to its end. Send it again.".into())
    }
}

/// A query, explained if it is not what was expected.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> axum::extract::FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut http::request::Parts, _: &S) -> Result<Self, Error> {
        let query = parts.uri.query().unwrap_or_default();
        serde_urlencoded::from_str(query).map(Self).map_err(|error| {
            Error::PayloadInvalid(format!("What follows the ? in this address is not as expected: {error}."))
        })
    }
}

/// The variable parts of a path. What cannot be an id names nothing.
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> axum::extract::FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut http::request::Parts, state: &S) -> Result<Self, Error> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|path| Self(path.0)).map_err(|_| Error::PageUnknown)
    }
}
