//! Delivering what `live` brings to this node's sockets.

use std::sync::Arc;

use chinwag_live::{Delivery, Envelope};
use chinwag_model::{Rev, SessionKey};
use chinwag_socketio::{Broadcast, Encoded};
use serde_json::value::RawValue;

use super::encode::rest;
use super::holes::Compared;
use super::join::joined;
use super::node::Node;
use super::{NAMESPACE, session_room, stream_room, user_room};

impl Node {
    /// Delivers changes of a stream, unless they are known; and with them what has waited for them, as one frame where that
    /// can be. What comes after a hole waits.
    pub(super) async fn changes(&mut self, envelope: Arc<Envelope>) {
        let id = envelope.stream;
        let Some(known) = self.streams.get(&id).map(|stream| stream.rev) else { return };
        if envelope.from > known {
            self.misses(id, envelope.through);
            self.early.keep(envelope);
            return;
        }
        let mut rev = known.max(envelope.through);
        let mut run = vec![Delivery::Changes(envelope)];
        while let Some(next) = self.early.next(id, rev) {
            rev = rev.max(next.through);
            run.push(Delivery::Changes(next));
        }
        for delivery in joined(run.into_iter()) {
            let Delivery::Changes(envelope) = delivery else { continue };
            // It may not be followed any more.
            let Some(known) = self.streams.get(&id).map(|stream| stream.rev) else { return };
            if envelope.through > known {
                self.deliver_after(known, &envelope).await;
            }
        }
    }

    /// Whether heads are to be compared now because of it: something may have been missed, or another epoch may have begun.
    pub(super) fn is_to_compare(&self, delivery: &Delivery) -> bool {
        match delivery {
            Delivery::MayHaveMissed => true,
            Delivery::Changes(envelope) => {
                let is_behind = self.epoch != self.store.epoch() && self.compared == Compared::All;
                is_behind && self.is_of_another_epoch(envelope)
            }
            Delivery::Passing { .. } | Delivery::SessionsEnded(_) => false,
        }
    }

    /// Whether its revisions do not follow upon those that are known here. If this node is behind, comparing heads finds it;
    /// if the sender was, nobody wants them.
    fn is_of_another_epoch(&self, envelope: &Envelope) -> bool {
        envelope.epoch.is_some_and(|epoch| epoch != self.epoch)
    }

    pub(super) async fn deliver(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Changes(envelope) if self.is_of_another_epoch(&envelope) => {
                tracing::debug!(stream = %envelope.stream, "changes of another epoch are passed over");
            }
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
            match self.memberships(vec![user]).await.and_then(|mut known| known.remove(&user)) {
                Some(followed) => self.reconcile(user, &followed).await,
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
