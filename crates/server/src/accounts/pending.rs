//! What takes two steps: something has begun, and whoever shows the token that they were given goes on with it.

use std::time::Duration;

use chinwag_store::{NewPending, Purpose};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{new_token, now};
use crate::app::App;
use crate::error::Error;
use crate::tokens::Token;

/// How long somebody may take.
pub(crate) const PENDING_GOOD: Duration = Duration::from_secs(10 * 60);

/// Begins something; answers the token with which it goes on.
pub(super) async fn begin(app: &App, purpose: Purpose, body: &impl Serialize) -> Result<Token, Error> {
    let token = new_token()?;
    begin_with(app, &token, purpose, body).await?;
    Ok(token)
}

/// The same with a token that there is.
pub(super) async fn begin_with(
    app: &App,
    token: &Token,
    purpose: Purpose,
    body: &impl Serialize,
) -> Result<(), Error> {
    let body = serde_json::to_vec(body).map_err(|error| {
        tracing::error!(%error, "what has begun cannot be written");
        Error::Internal
    })?;
    let new = NewPending { key: token.key(), purpose, expires_at: now().plus(PENDING_GOOD), body };
    Ok(app.store.begin_pending(new).await?)
}

/// Goes on with something, which counts as one of `most` tries.
pub(super) async fn attempt<T: DeserializeOwned>(
    app: &App,
    token: &Token,
    purpose: Purpose,
    most: u32,
) -> Result<Option<T>, Error> {
    Ok(app.store.try_pending(token.key(), purpose, most).await?.and_then(|body| read(&body)))
}

/// Ends something, for good.
pub(super) async fn take<T: DeserializeOwned>(
    app: &App,
    token: &Token,
    purpose: Purpose,
) -> Result<Option<T>, Error> {
    Ok(app.store.take_pending(token.key(), purpose).await?.and_then(|body| read(&body)))
}

/// Takes away what has come to its end. It is of no more use, and goes by itself in ten minutes, so a failure is none.
pub(super) async fn forget(app: &App, token: &Token, purpose: Purpose) {
    if let Err(error) = app.store.take_pending(token.key(), purpose).await {
        tracing::debug!(%error, "what had begun could not be taken away");
    }
}

/// What another version of this program has begun may be of another form: it has to begin again.
fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    serde_json::from_slice(body).ok()
}
