//! Who is typing: passes, is never stored, and is dropped where it would be late.

use std::time::Duration;

use bytes::Bytes;
use chinwag_live::{Delivery, Quota};
use chinwag_model::{Person, Refusal, RoomId};
use chinwag_socketio::{Data, Payload, Socket, State};
use serde::{Deserialize, Serialize};

use super::{Answer, answer};
use crate::actions::Nothing;
use crate::app::{App, Who};
use crate::error::Error;
use crate::fan_out::stream_room;
use crate::limits;
use crate::object::Object;

/// How often somebody may say it: clients repeat it every 3 s and say when it ends.
const QUOTA: Quota = Quota { burst: 10, per: Duration::from_secs(10) };

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
    Data(who): Data<Who>,
    Payload(Object(typing)): Payload<Object<Typing>>,
) -> Answer<Nothing> {
    answer(tell(&app, &socket, &who, typing).await)
}

async fn tell(app: &App, socket: &Socket, who: &Who, typing: Typing) -> Result<Nothing, Error> {
    let stream = typing.room.into();
    let room = stream_room(stream);
    if !socket.rooms().iter().any(|joined| **joined == *room) {
        return Err(Refusal::NotAMember.into());
    }
    limits::take(app, &format!("typing:{}", who.user.id), QUOTA).await?;
    let user = Person { id: who.user.id, name: who.user.name.clone() };
    let changed = TypingChanged { room: typing.room, user: &user, typing: typing.typing };
    let payload = serde_json::to_vec(&changed).map_err(|_| Error::Internal)?;
    let (event, payload) = ("typing:changed", Bytes::from(payload));
    if let Err(error) =
        app.live.publish(Delivery::Passing { stream, event, payload, except: who.user.id }).await
    {
        tracing::debug!(%error, "typing could not be told");
    }
    Ok(Nothing {})
}
