//! Who somebody is, by their token.

use std::time::Duration;

use chinwag_live::CachedSession;

use super::{now, session_end};
use crate::app::{App, Who};
use crate::error::Error;
use crate::tokens::Token;

/// A session's end is moved at most this often: not every request is a write.
const EXTEND_EVERY: Duration = Duration::from_secs(24 * 3_600);

/// Who has this token and whether their session has just been extended, or [`Error::Unauthenticated`].
pub(crate) async fn identify(app: &App, token: &Token) -> Result<(Who, bool), Error> {
    let key = token.key();
    let session = match app.live.cached(key).await {
        Some(session) => session,
        None => {
            let session = app.store.session(key).await?.ok_or(Error::Unauthenticated)?;
            let session = CachedSession { user: session.user, expires_at: session.expires_at };
            app.live.cache(key, session.clone()).await;
            session
        }
    };
    let now = now();
    if session.expires_at <= now {
        return Err(Error::Unauthenticated);
    }
    let end = session_end(app);
    let extend = end.0 - session.expires_at.0 > i64::try_from(EXTEND_EVERY.as_millis()).unwrap_or(i64::MAX);
    if extend {
        match app.store.extend_session(key, end).await {
            Ok(true) => app.live.cache(key, CachedSession { expires_at: end, ..session.clone() }).await,
            Ok(false) => return Err(Error::Unauthenticated),
            Err(error) => {
                // It has not ended, and is extended with the next request that can.
                tracing::warn!(%error, "a session could not be extended");
                return Ok((Who { session: key, user: session.user }, false));
            }
        }
    }
    Ok((Who { session: key, user: session.user }, extend))
}
