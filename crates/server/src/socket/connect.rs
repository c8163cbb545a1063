//! Connecting: who may, what they hear first, and what is tidied up after them.

use std::sync::Arc;

use chinwag_model::{Epoch, Scope, StreamId, User};
use chinwag_socketio::{Closing, ConnectError, DisconnectReason, Handshake, Refusal, Socket};
use http::request::Parts;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::connected::Connected;
use crate::accounts::{identify, is_ready};
use crate::actions::PAGE;
use crate::app::{App, Means, Needs};
use crate::error::Error;
use crate::fan_out::{PresenceTotal, session_room};
use crate::http::{credential, same_origin};
use crate::outage::PAUSE;
use crate::tokens::Credential;
use crate::version::VERSION;
use crate::visitor::Visitor;

/// How long a client stays away if it could not be let in for now, in milliseconds.
const RETRY_MS: u64 = 1_000;

/// Refuses handshakes that pages of other sites make (programs that are no browsers send no `Origin`), and all of them for
/// a moment when nobody could be let in, since who is refused before there is a connection comes back by themselves.
pub(crate) fn may_connect(app: &App, parts: &Parts) -> Result<(), Refusal> {
    if !same_origin(app, parts) {
        return Err(Refusal::forbidden(&Error::CrossOrigin.to_string()));
    }
    if app.outage.is_on() {
        let seconds = u32::try_from(PAUSE.as_secs()).unwrap_or(u32::MAX);
        return Err(Refusal::unavailable(&Error::Unavailable.to_string(), seconds));
    }
    Ok(())
}

#[derive(Deserialize)]
struct Auth {
    token: Option<String>,
}

/// Lets in who has a session, or a token that may read: sockets hear everything.
pub(super) async fn authenticate(
    app: Arc<App>,
    handshake: Handshake,
) -> Result<Arc<Connected>, ConnectError> {
    let given = handshake.auth::<Auth>().ok().and_then(|auth| auth.token);
    let visitor = Visitor::of(&app.settings, handshake.extensions(), handshake.headers());
    let shown = match &given {
        Some(token) => Credential::parse(token),
        None => credential(handshake.headers(), visitor.https),
    };
    let known = match shown {
        Some(shown) => identify(&app, &shown, &visitor).await,
        None => Err(Error::Unauthenticated),
    };
    let known = known.and_then(|(who, _)| who.may(Needs::Scope(Scope::Read)).map(|()| who));
    let known = match known {
        Ok(who) if is_ready(&app, &who).await => Ok(who),
        Ok(_) => Err(Error::SecondFactorMissing),
        Err(error) => Err(error),
    };
    match known {
        Ok(who) => Ok(Arc::new(Connected::new(who))),
        Err(
            error @ (Error::Unauthenticated
            | Error::SecondFactorMissing
            | Error::TokenExpired
            | Error::ScopeMissing(_)),
        ) => {
            let data = json!({ "code": error.code() });
            Err(ConnectError::new(error.to_string()).with_data(data))
        }
        Err(error) => {
            if matches!(error, Error::Unavailable) {
                app.outage.note();
            }
            Err(ConnectError::try_later(Closing::new("unavailable", RETRY_MS)))
        }
    }
}

/// The payload of `session:ready`.
#[derive(Serialize)]
struct Ready<'a> {
    user: &'a User,
    workspace: StreamId,
    epoch: Epoch,
    version: &'static str,
    commit: &'static str,
    limits: Limits,
}

#[derive(Serialize)]
struct Limits {
    message_chars: usize,
    name_chars: usize,
    room_name_chars: usize,
    page: usize,
    payload_bytes: usize,
}

/// Seats a socket and tells it that it now hears everything.
pub(super) async fn welcome(app: Arc<App>, socket: Socket) {
    let Some(who) = socket.data::<Connected>().map(|connected| connected.who()) else { return };
    socket.join(session_room(who.session));
    let person = Arc::new(who.user.person());
    app.metrics.sockets.inc();
    if !app.hub.seat(socket.clone(), person).await {
        socket.disconnect(Closing::new("unavailable", RETRY_MS));
        return;
    }
    // A session that ended between the handshake and the seat was not found among the seated.
    if app.live.has_ended(who.session).await {
        socket.kick();
        socket.close();
        return;
    }
    if let Means::Short { ends_at, .. } = who.means {
        app.expiries.watch(socket.id(), ends_at, socket.clone());
    }
    let ready = Ready {
        user: &who.user,
        workspace: app.store.workspace(),
        epoch: app.store.epoch(),
        version: VERSION,
        commit: app.settings.commit,
        limits: Limits {
            message_chars: chinwag_model::text::MESSAGE_CHARS,
            name_chars: chinwag_model::name::USER_NAME_CHARS,
            room_name_chars: chinwag_model::name::ROOM_NAME_CHARS,
            page: PAGE,
            payload_bytes: app.settings.payload_bytes,
        },
    };
    let here = app.live.here(app.store.workspace(), 0).await.unwrap_or_default();
    let welcomed = socket
        .emit("session:ready", &ready)
        .and_then(|()| socket.emit("presence:total", &PresenceTotal { online: here.online }));
    if let Err(error) = welcomed {
        tracing::error!(%error, "a socket could not be welcomed");
    }
}

/// Gives a socket's seat back.
pub(super) async fn farewell(app: Arc<App>, socket: Socket, reason: DisconnectReason) {
    let Some(who) = socket.data::<Connected>().map(|connected| connected.who()) else { return };
    app.metrics.sockets.dec();
    if let Means::Short { ends_at, .. } = who.means {
        app.expiries.forget(socket.id(), ends_at);
    }
    tracing::debug!(user = %who.user.id, reason = reason.as_str(), "a socket is gone");
    app.hub.unseat(socket.id(), who.user.id).await;
}
