//! Going on with another short-lived token, without a new connection.

use chinwag_model::{Millis, Scope};
use chinwag_socketio::{Data, Payload, Socket, State};
use serde::{Deserialize, Serialize};

use super::connected::Connected;
use super::{Answer, answer};
use crate::accounts::{now, short};
use crate::app::{App, Means, Needs};
use crate::error::Error;
use crate::object::Object;
use crate::tokens::Credential;

#[derive(Deserialize)]
pub(super) struct Refresh {
    token: String,
}

#[derive(Serialize)]
pub(super) struct Refreshed {
    expires_at: Millis,
}

/// Lets a socket that was opened with a short-lived token go on with another one of the same kind: until that ends, and with
/// its scopes. What is refused changes nothing.
pub(super) async fn refresh(
    socket: Socket,
    State(app): State<App>,
    Data(connected): Data<Connected>,
    Payload(Object(Refresh { token })): Payload<Object<Refresh>>,
) -> Answer<Refreshed> {
    answer(go_on(&app, &socket, &connected, &token).await)
}

async fn go_on(app: &App, socket: &Socket, connected: &Connected, token: &str) -> Result<Refreshed, Error> {
    let before = connected.who();
    let Means::Short { ends_at: ended_at, .. } = before.means else {
        return Err(Error::TokenRefused(
            "This connection was not opened with a short-lived token, and goes on without one.",
        ));
    };
    // Whoever ends it may be late.
    if ended_at <= now() {
        return Err(Error::TokenExpired);
    }
    let Some(Credential::Short(token)) = Credential::parse(token) else {
        return Err(Error::TokenRefused("Only a short-lived token can take the place of another."));
    };
    let who = short(app, &token).await?;
    if who.user.id != before.user.id || who.session != before.session {
        return Err(Error::TokenRefused(
            "This token is of another session or access token than the one before. Open a new connection with it.",
        ));
    }
    who.may(Needs::Scope(Scope::Read))?;
    let Means::Short { ends_at, .. } = who.means else { return Err(Error::Internal) };
    if !app.expiries.put_off(socket.id(), ended_at, ends_at) {
        return Err(Error::TokenExpired);
    }
    connected.become_known(who);
    Ok(Refreshed { expires_at: ends_at })
}
