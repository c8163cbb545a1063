//! Fan-out over the channels of Redis.

use std::time::Duration;

use async_trait::async_trait;
use chinwag_model::StreamId;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::RedisLive;
use super::channels::{Channels, Use, Wish};
use super::envelope::Message;
use super::keys::Channel;
use super::servers::Servers;
use crate::{Delivery, FanOut, Result};

/// How long whoever subscribes waits for Redis' confirmation. If it comes later, they are told that they may have missed
/// something.
const CONFIRM: Duration = Duration::from_millis(250);
/// How often channels are looked through for those that nobody wants any more.
const LEAVE: Duration = Duration::from_secs(1);

#[async_trait]
impl FanOut for RedisLive {
    async fn subscribe(&self, stream: StreamId) -> Result<bool> {
        Ok(!hear(&self.channels, &self.servers, stream, Use::FanOut).await)
    }

    async fn unsubscribe(&self, stream: StreamId) {
        self.channels.unwant(stream, Use::FanOut, Instant::now());
    }

    async fn publish(&self, delivery: Delivery) -> Result<()> {
        let told = match &delivery {
            Delivery::Changes(envelope) => {
                Some((Channel::Stream(envelope.stream), Message::Changes(envelope.clone())))
            }
            Delivery::Passing { stream, event, payload, except } => {
                let (stream, except, payload) = (*stream, *except, payload.clone());
                let message = Message::Passing { stream, event: event.to_string(), except, payload };
                Some((Channel::Stream(stream), message))
            }
            Delivery::SessionsEnded(keys) => Some((Channel::All, Message::SessionsEnded(keys.clone()))),
            Delivery::MayHaveMissed => None,
        };
        if let Some((channel, message)) = told {
            self.teller.tell(channel, &message);
        }
        self.inbox.put(delivery).await
    }

    fn take_inbox(&self) -> Option<mpsc::Receiver<Delivery>> {
        self.inbox.take()
    }

    fn reaches_others(&self) -> bool {
        true
    }

    fn suspect(&self) -> watch::Receiver<bool> {
        self.health.watch()
    }
}

/// Wants to hear a stream, and waits until it is heard, but not for long. Says whether it has been heard all along.
pub(super) async fn hear(channels: &Channels, servers: &Servers, stream: StreamId, what: Use) -> bool {
    let channel = Channel::Stream(stream);
    let name = servers.keys().channel(channel);
    let ask = || servers.of(&name).and_then(|connected| connected.subscriber.join(channel));
    match channels.want(channel, what, ask) {
        Wish::Heard => true,
        Wish::Later => false,
        Wish::Asked(confirmed) => {
            // Whatever comes of it, the head is to be read.
            let _ = tokio::time::timeout(CONFIRM, confirmed).await;
            false
        }
    }
}

/// Leaves channels that nobody has wanted for a while, for as long as it is polled.
pub(super) async fn leave_idle(channels: &Channels, servers: &Servers) {
    loop {
        tokio::time::sleep(LEAVE).await;
        channels.leave_idle(Instant::now(), |channel| {
            if let Some(connected) = servers.of(&servers.keys().channel(channel)) {
                connected.subscriber.leave(channel);
            }
        });
    }
}
