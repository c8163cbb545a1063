//! Who somebody is, by what they show.

use std::time::Duration;

use chinwag_live::CachedSession;
use chinwag_model::{Role, SessionKey};
use chinwag_store::{Session, Use};

use super::{GUEST, now};
use crate::app::{App, Means, Who};
use crate::error::Error;
use crate::tokens::Credential;
use crate::visitor::Visitor;

/// The use of a session is noted at most this often: not every request is a write.
const NOTED_EVERY: Duration = Duration::from_secs(15 * 60);

/// Who shows this and whether their session has just been extended, or [`Error::Unauthenticated`].
pub(crate) async fn identify(app: &App, shown: &Credential, visitor: &Visitor) -> Result<(Who, bool), Error> {
    match shown {
        Credential::Session(token) | Credential::Access(token) => {
            use_session(app, token.key(), visitor).await
        }
        Credential::Short(token) => short(app, token).await.map(|who| (who, false)),
    }
}

/// Whose a short-lived token is. It ends with what it was made from, and is good for nothing more than that. That it is used
/// is noted nowhere: whoever asks for the next one shows what lasts.
pub(crate) async fn short(app: &App, token: &str) -> Result<Who, Error> {
    let claims = app.signing.claims(&*app.store, token).await?;
    let parent = session(app, claims.parent).await?;
    if parent.user.id != claims.sub {
        return Err(Error::Unauthenticated);
    }
    let scopes = parent.scopes.map_or(claims.scopes, |scopes| scopes.and(claims.scopes));
    let means = Means::Short { scopes, ends_at: claims.ends_at() };
    let CachedSession { at: since, user, .. } = parent;
    Ok(Who { session: claims.parent, user, since, means })
}

/// The session with this key, or the access token, unless it has ended.
async fn session(app: &App, key: SessionKey) -> Result<CachedSession, Error> {
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
    if session.expires_at <= now() { Err(Error::Unauthenticated) } else { Ok(session) }
}

/// Whose it is, by somebody who shows its token. That it is used is noted, and extends a session; an access token has its end
/// from the beginning.
async fn use_session(app: &App, key: SessionKey, visitor: &Visitor) -> Result<(Who, bool), Error> {
    let session = session(app, key).await?;
    let means = session.scopes.map_or(Means::Session, Means::Access);
    let who = Who { session: key, user: session.user.clone(), since: session.at, means };
    let now = now();
    if session.used_at.plus(NOTED_EVERY) > now {
        return Ok((who, false));
    }
    let idle = if session.user.role == Role::Guest { GUEST.idle } else { app.settings.session_idle };
    let expires_at = match means {
        Means::Session => now.plus(idle).min(session.ends_at),
        _ => session.ends_at,
    };
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
