//! Who is typing: passes, is never stored, and is dropped where it would be late.

use bytes::Bytes;
use chinwag_live::Delivery;
use chinwag_model::permission::{self, Action, Case};
use chinwag_model::{MemberRole, Person, Refusal, RoomId, RoomKind, Scope};
use chinwag_socketio::{Payload, Socket, State};
use serde::{Deserialize, Serialize};

use super::{Answer, Caller, answer};
use crate::accounts::is_ready;
use crate::actions::Nothing;
use crate::app::{App, Needs, Who};
use crate::error::Error;
use crate::fan_out::stream_room;
use crate::limits::{self, Limited};
use crate::object::Object;

#[derive(Deserialize)]
pub(super) struct Typing {
    room: RoomId,
    typing: bool,
}

#[derive(Serialize)]
struct TypingChanged<'a> {
    room: RoomId,
    user: &'a Person,
    typing: bool,
}

/// Tells the others of a room that somebody types, or stopped.
pub(super) async fn set(
    socket: Socket,
    State(app): State<App>,
    Caller(who): Caller,
    Payload(Object(typing)): Payload<Object<Typing>>,
) -> Answer<Nothing> {
    answer(tell(&app, &socket, &who, typing).await)
}

async fn tell(app: &App, socket: &Socket, who: &Who, typing: Typing) -> Result<Nothing, Error> {
    who.may(Needs::Scope(Scope::Post))?;
    if !is_ready(app, who).await {
        return Err(Error::SecondFactorMissing);
    }
    let stream = typing.room.into();
    let room = stream_room(stream);
    // The sockets of members are in the room's. Why somebody is not there, the store knows; typing is for members of all
    // kinds of rooms alike.
    if !socket.rooms().iter().any(|joined| **joined == *room) {
        app.store.members(typing.room, who.user.id, None, 1).await?;
        return Err(Refusal::NotAMember.into());
    }
    let member = Some(MemberRole::Member);
    permission::check(Action::Type, Case::of(who.user.role, false).in_room(RoomKind::Open, member))?;
    limits::take(app, Limited::Typing(who.user.id)).await?;
    let user = who.user.person();
    let changed = TypingChanged { room: typing.room, user: &user, typing: typing.typing };
    let payload = serde_json::to_vec(&changed).map_err(|_| Error::Internal)?;
    let (event, payload) = ("typing:changed".into(), Bytes::from(payload));
    if let Err(error) =
        app.live.publish(Delivery::Passing { stream, event, payload, except: who.user.id }).await
    {
        tracing::debug!(%error, "typing could not be told");
    }
    Ok(Nothing {})
}
