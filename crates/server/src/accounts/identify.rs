//! Who somebody is, by their token.

use std::time::Duration;

use chinwag_live::CachedSession;
use chinwag_model::Role;
use chinwag_store::{Session, Use};

use super::{GUEST, now};
use crate::app::{App, Who};
use crate::error::Error;
use crate::tokens::Token;
use crate::visitor::Visitor;

/// The use of a session is noted at most this often: not every request is a write.
const NOTED_EVERY: Duration = Duration::from_secs(15 * 60);

/// Who has this token and whether their session has just been extended, or [`Error::Unauthenticated`].
pub(crate) async fn identify(app: &App, token: &Token, visitor: &Visitor) -> Result<(Who, bool), Error> {
    let key = token.key();
    let session = match app.live.cached(key).await {
        Some(session) => session,
        None => {
            let session = app.store.session(key).await?.ok_or(Error::Unauthenticated)?;
            let Session { user, has_second_factor, scopes, at, expires_at, ends_at, used_at } = session;
            let session = CachedSession { user, has_second_factor, scopes, at, expires_at, ends_at, used_at };
            app.live.cache(key, session.clone()).await;
            session
        }
    };
    let now = now();
    if session.expires_at <= now {
        return Err(Error::Unauthenticated);
    }
    let CachedSession { at: since, has_second_factor, .. } = session;
    let who = Who { session: key, user: session.user.clone(), since, has_second_factor };
    if session.used_at.plus(NOTED_EVERY) > now {
        return Ok((who, false));
    }
    let idle = if session.user.role == Role::Guest { GUEST.idle } else { app.settings.session_idle };
    let expires_at = now.plus(idle).min(session.ends_at);
    let used = Use { key, expires_at, device: visitor.device(), address: visitor.address.to_string() };
    match app.store.use_session(used).await {
        Ok(true) => {
            app.live.cache(key, CachedSession { expires_at, used_at: now, ..session }).await;
            Ok((who, true))
        }
        Ok(false) => Err(Error::Unauthenticated),
        Err(error) => {
            // It has not ended, and is extended with the next request that can.
            tracing::warn!(%error, "a session could not be extended");
            Ok((who, false))
        }
    }
}
