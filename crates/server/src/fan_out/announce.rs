//! Telling people who came and who went.

use std::sync::Arc;

use chinwag_live::{Live, PlaceChange};
use chinwag_model::{Person, StreamId};
use chinwag_socketio::SocketIo;
use serde::Serialize;

use super::{NAMESPACE, stream_room};
use crate::actions::people;

/// In places with more people online than this only their number is told.
const NAMED: usize = 500;

#[derive(Serialize)]
struct PresenceChanged<'a> {
    room: StreamId,
    online: usize,
    #[serde(serialize_with = "people")]
    came: &'a [Arc<Person>],
    #[serde(serialize_with = "people")]
    left: &'a [Arc<Person>],
}

/// The payload of `presence:total`.
#[derive(Serialize)]
pub(crate) struct PresenceTotal {
    pub(crate) online: usize,
}

/// Tells this node's sockets whatever changes, for as long as it is polled.
pub(crate) async fn announce_presence(live: Arc<dyn Live>, io: SocketIo, workspace: StreamId) {
    loop {
        for change in live.changed().await {
            let to = io.of(NAMESPACE).to(stream_room(change.place));
            let PlaceChange { place, online, came, went } = &change;
            let told = if *place == workspace {
                to.emit("presence:total", &PresenceTotal { online: *online })
            } else if *online > NAMED {
                to.emit(
                    "presence:changed",
                    &PresenceChanged { room: *place, online: *online, came: &[], left: &[] },
                )
            } else {
                to.emit(
                    "presence:changed",
                    &PresenceChanged { room: *place, online: *online, came, left: went },
                )
            };
            if let Err(error) = told {
                tracing::error!(%error, "presence could not be told");
            }
        }
    }
}
