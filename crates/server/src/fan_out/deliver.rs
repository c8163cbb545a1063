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
    /// Whether heads are to be compared soon: something may have been missed, or another epoch has begun.
    pub(super) fn is_to_compare(&self, delivery: &Delivery) -> bool {
        match delivery {
            Delivery::MayHaveMissed => true,
            Delivery::Changes(envelope) => {
                let known = self.streams.get(&envelope.stream).map(|stream| stream.epoch);
                known.is_some() && known != envelope.epoch && envelope.epoch == Some(self.store.epoch())
            }
            Delivery::Passing { .. } | Delivery::SessionsEnded(_) => false,
        }
    }

    pub(super) async fn deliver(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Changes(envelope) => self.changes(envelope).await,
            Delivery::Passing { stream, event, payload, except } => {
                // Who left is told before.
                self.flush(stream, None).await;
                let to = self.to(stream_room(stream)).except(user_room(except));
                if let Err(error) = send(&to, &event, &payload) {
                    tracing::error!(error, event = &*event, "an event could not be sent");
                }
            }
            Delivery::SessionsEnded(sessions) => self.end_sessions(&sessions),
            // Whatever it was, comparing heads finds it.
            Delivery::MayHaveMissed => {}
        }
    }

    /// Takes changes of a stream, unless they are known. They go out with what else of the stream comes until
    /// [`go_on`](Self::go_on), as one frame where that can be; what comes after a hole waits until that is filled. Whose rooms
    /// have changed does not wait.
    async fn changes(&mut self, envelope: Arc<Envelope>) {
        let id = envelope.stream;
        let Some(stream) = self.streams.get(&id) else { return };
        // Its revisions do not follow upon those that are known here. If this node is behind, heads are compared; if the sender
        // was, nobody wants them.
        if envelope.epoch.is_some_and(|epoch| epoch != stream.epoch) {
            tracing::debug!(stream = %id, "changes of another epoch are passed over");
            return;
        }
        // Whatever another node says, something follows upon something before it.
        if envelope.through <= stream.rev || envelope.through <= envelope.from {
            return;
        }
        if !self.waiting.keep(&envelope) {
            self.flush(id, Some(envelope)).await;
        } else if envelope.moved {
            self.flush(id, None).await;
        } else {
            self.pace.waits(id, Instant::now());
        }
    }

    /// Delivers what waits for streams that need not rest any longer.
    pub(super) async fn go_on(&mut self) {
        for id in self.pace.due(Instant::now()) {
            self.flush(id, None).await;
        }
    }

    /// Delivers what is here of a stream up to the next hole: what waits, and what was found of it beside that.
    pub(super) async fn flush(&mut self, id: StreamId, mut found: Option<Arc<Envelope>>) {
        let Some(mut rev) = self.streams.get(&id).map(|stream| stream.rev) else { return };
        let mut run = Vec::new();
        while let Some(envelope) =
            found.take_if(|found| found.from <= rev).or_else(|| self.waiting.next(id, rev))
        {
            if envelope.through > rev {
                rev = envelope.through;
                run.push(envelope);
            }
        }
        for envelope in joined(run) {
            // Whoever left may have been the last who followed it.
            let Some(Stream { rev: known, followers, .. }) = self.streams.get(&id) else { return };
            let (known, followers) = (*known, *followers);
            self.deliver_after(known, &envelope).await;
            self.pace.delivered(id, followers, Instant::now());
        }
        let beyond = found.map(|found| found.through).max(self.waiting.until(id));
        if let Some(until) = beyond.filter(|_| self.streams.contains_key(&id)) {
            self.misses(id, until);
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
        let sent = if envelope.from == known {
            send(&to, "stream:changes", &envelope.payload)
        } else {
            // Its beginning was read from the store before it reached us. Nothing comes twice.
            rest(envelope, known)
                .map_err(|error| error.to_string())
                .and_then(|rest| send(&to, "stream:changes", &rest.payload))
        };
        if let Err(error) = sent {
            tracing::error!(error, stream = %envelope.stream, "changes could not be sent; clients are told that there are some");
            self.mark(envelope.stream, stream_room(envelope.stream));
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
pub(super) fn send(to: &Broadcast, event: &str, payload: &[u8]) -> Result<(), String> {
    let payload: &RawValue = serde_json::from_slice(payload).map_err(|error| error.to_string())?;
    let packet = Encoded::event(NAMESPACE, event, payload).map_err(|error| error.to_string())?;
    to.send(&packet).map(drop).map_err(|error| error.to_string())
}
