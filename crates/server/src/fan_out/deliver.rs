//! Delivering what `live` brings to this node's sockets.

use std::sync::Arc;

use chinwag_live::{Delivery, Envelope};
use chinwag_model::{Rev, SessionKey, StreamId};
use chinwag_socketio::{Broadcast, Encoded};
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::encode::rest;
use super::join::joined;
use super::node::{Node, Stream};
use super::{NAMESPACE, session_room, stream_room, user_room};

impl Node {
    pub(super) async fn deliver(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Changes(envelope) => self.changes(envelope).await,
            Delivery::Passing { stream, event, payload, except } => {
                let to = self.to(stream_room(stream)).except(user_room(except));
                send(&to, &event, &payload);
            }
            Delivery::SessionsEnded(sessions) => self.end_sessions(&sessions),
            // Whatever it was, comparing heads finds it.
            Delivery::MayHaveMissed => {}
        }
    }

    /// Takes changes of a stream, unless they are known. They go out with what else of the stream comes until
    /// [`go_on`](Self::go_on), as one frame where that can be; what comes after a hole waits until that is filled. Who was
    /// removed from a room is told by their own stream, which never rests.
    async fn changes(&mut self, envelope: Arc<Envelope>) {
        let id = envelope.stream;
        let Some(stream) = self.streams.get(&id) else { return };
        // Its revisions do not follow upon those that are known here. If this node is behind, comparing heads finds it; if
        // the sender was, nobody wants them.
        if envelope.epoch.is_some_and(|epoch| epoch != stream.epoch) {
            tracing::debug!(stream = %id, "changes of another epoch are passed over");
            return;
        }
        if envelope.through <= stream.rev {
            return;
        }
        if envelope.from > stream.rev {
            // Mostly that is what waits here already, or is on its way.
            self.misses(id, envelope.through);
        }
        if self.early.keep(&envelope) {
            self.pace.waits(id, Instant::now());
        } else {
            // What waits may be what it follows upon.
            self.flush(id, None).await;
            self.flush(id, Some(envelope)).await;
        }
    }

    /// Delivers what waits for streams that need not rest any longer.
    pub(super) async fn go_on(&mut self) {
        for id in self.pace.due(Instant::now()) {
            self.flush(id, None).await;
        }
    }

    /// Delivers what is here of a stream up to the next hole: what was found of it elsewhere, and what waits.
    pub(super) async fn flush(&mut self, id: StreamId, found: Option<Arc<Envelope>>) {
        let Some(mut rev) = self.streams.get(&id).map(|stream| stream.rev) else { return };
        let mut run = Vec::new();
        let mut next = found.filter(|found| found.from <= rev).or_else(|| self.early.next(id, rev));
        while let Some(envelope) = next {
            if envelope.through > rev {
                rev = envelope.through;
                run.push(envelope);
            }
            next = self.early.next(id, rev);
        }
        for envelope in joined(run) {
            // Whoever left may have been the last who followed it.
            let Some(Stream { rev: known, followers, .. }) = self.streams.get(&id) else { return };
            let (known, followers) = (*known, *followers);
            self.deliver_after(known, &envelope).await;
            self.pace.delivered(id, followers, Instant::now());
        }
    }

    /// Delivers what an envelope has after `known`, which is where its stream stands.
    async fn deliver_after(&mut self, known: Rev, envelope: &Envelope) {
        if let Some(stream) = self.streams.get_mut(&envelope.stream) {
            stream.rev = envelope.through;
        }
        self.has_up_to(envelope.stream, envelope.through);
        // Who was removed must not hear what comes after, and who came in must hear it: both before anything is sent.
        for (rev, user) in &envelope.left {
            let room = envelope.stream.as_room();
            let since = self.people.get(user).and_then(|local| local.rooms.get(&room));
            // Who has come back since stays: their memberships were read before this reached us.
            if *rev > known && since.is_some_and(|since| since < rev) {
                self.go(room, *user).await;
            }
        }
        if envelope.moved {
            let user = envelope.stream.as_user();
            match self.memberships(vec![user]).await {
                Some(memberships) => self.reconcile(user, &memberships).await,
                None => self.has_not_read(user),
            }
        }
        let to = self.to(stream_room(envelope.stream));
        if envelope.from == known {
            send(&to, "stream:changes", &envelope.payload);
            return;
        }
        // Its beginning was read from the store before it reached us. Nothing comes twice.
        match rest(envelope, known) {
            Ok(rest) => send(&to, "stream:changes", &rest.payload),
            Err(error) => tracing::error!(%error, "the rest of some changes could not be encoded"),
        }
    }

    fn end_sessions(&self, sessions: &[SessionKey]) {
        for session in sessions {
            let to = self.to(session_room(*session));
            let ended = crate::socket::session_ended();
            if let Err(error) = to.emit("session:ended", &ended) {
                tracing::error!(%error, "the end of a session could not be told");
            }
            to.kick();
            to.close();
        }
    }
}

/// Sends JSON that was encoded before. Other nodes may have written it, so it is looked at.
pub(super) fn send(to: &Broadcast, event: &str, payload: &[u8]) {
    let sent = match serde_json::from_slice::<&RawValue>(payload) {
        Ok(payload) => Encoded::event(NAMESPACE, event, payload)
            .map_err(|error| error.to_string())
            .and_then(|packet| to.send(&packet).map_err(|error| error.to_string())),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = sent {
        tracing::error!(error, event, "an event could not be sent");
    }
}
