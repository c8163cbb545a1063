//! Reaching the broker.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use lapin::message::{BasicReturnMessage, Delivery};
use lapin::options::{BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions};
use lapin::tcp::OwnedTLSConfig;
use lapin::types::{FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, DefaultConnectionBuilder};
use tokio::time::timeout;

use super::options::Options;

/// How long connecting may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the end of a connection may take.
const BYE: Duration = Duration::from_secs(1);
/// How long the broker may take until it has confirmed what it was given: it waits for its disk.
const CONFIRM: Duration = Duration::from_secs(30);

/// Why a connection is of no use any more.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("{0}")]
    Amqp(#[from] lapin::Error),
    #[error("it does not answer in time")]
    Late,
    #[error("it does not take a message")]
    NotTaken,
    #[error("a queue is gone")]
    Cancelled,
    #[error("the connection has ended")]
    Ended,
}

/// A connection with one channel, which confirms what is published.
pub(super) struct Connected {
    connection: Connection,
    pub(super) channel: Channel,
}

/// Messages of a queue.
pub(super) type Deliveries = BoxStream<'static, Result<Delivery, Broken>>;

/// What is published.
pub(super) struct Message<'a> {
    pub(super) payload: &'a [u8],
    pub(super) properties: BasicProperties,
}

impl<'a> Message<'a> {
    /// One that outlives the broker.
    pub(super) fn kept(payload: &'a [u8]) -> Self {
        Self { payload, properties: BasicProperties::default().with_delivery_mode(2) }
    }

    /// One that gets lost with the broker.
    pub(super) fn passing(payload: &'a [u8]) -> Self {
        Self { payload, properties: BasicProperties::default().with_delivery_mode(1) }
    }
}

/// Connects.
pub(super) async fn connect(options: &Options) -> Result<Connected, Broken> {
    let address = &options.address;
    let connecting = async {
        let name = format!("{} {}", options.instance, env!("CARGO_PKG_VERSION"));
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let tls = OwnedTLSConfig { identity: None, cert_chain: address.authorities.clone() };
        let builder = DefaultConnectionBuilder::new()?.with_uri(address.uri.clone());
        let connection = builder.with_properties(properties).with_tls_config(tls).connect().await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Connected { connection, channel })
    };
    timeout(PATIENCE, connecting).await.map_err(|_| Broken::Late)?
}

impl Connected {
    /// Whether the broker is short of memory or disk and hears nobody who publishes.
    pub(super) fn takes_nothing(&self) -> bool {
        self.connection.status().blocked()
    }

    /// Whether the connection can still be used.
    pub(super) fn is_alive(&self) -> Result<(), Broken> {
        if self.connection.status().connected() { Ok(()) } else { Err(Broken::Ended) }
    }

    /// What a queue has for us, and what names that at the broker. That it ends is an error.
    pub(super) async fn consume(
        &self,
        queue: &str,
        options: BasicConsumeOptions,
    ) -> Result<(Deliveries, ShortString), Broken> {
        let consumer =
            self.channel.basic_consume(queue.into(), "".into(), options, FieldTable::default()).await?;
        let tag = consumer.tag();
        let ended = stream::once(async { Err(Broken::Cancelled) });
        Ok((consumer.map(|delivery| delivery.map_err(Broken::from)).chain(ended).boxed(), tag))
    }

    /// Publishes a message, and waits until the broker has it in a queue: on its disk, if it is to outlive the broker. Of several
    /// on their way one fails if no queue takes one of them, but not always that one.
    pub(super) async fn publish(
        &self,
        exchange: &str,
        key: &str,
        message: Message<'_>,
    ) -> Result<(), Broken> {
        match self.publish_or_get_back(exchange, key, message).await? {
            None => Ok(()),
            Some(_) => Err(Broken::NotTaken),
        }
    }

    /// The same; answers with a message that no queue takes. Of several on their way it may be another one than this: the
    /// library hands what comes back to whichever is confirmed next.
    pub(super) async fn publish_or_get_back(
        &self,
        exchange: &str,
        key: &str,
        message: Message<'_>,
    ) -> Result<Option<BasicReturnMessage>, Broken> {
        let options = BasicPublishOptions { mandatory: true, ..Default::default() };
        let Message { payload, properties } = message;
        let publishing = async {
            let confirm =
                self.channel.basic_publish(exchange.into(), key.into(), options, payload, properties);
            let confirmation = confirm.await?.await?;
            if confirmation.is_ack() { Ok(confirmation.take_message()) } else { Err(Broken::NotTaken) }
        };
        tokio::pin!(publishing);
        loop {
            match timeout(CONFIRM, &mut publishing).await {
                Ok(published) => return published,
                // It says so only to who has published something. A new connection would not know it, and the old one could
                // not be ended.
                Err(_) if self.takes_nothing() => {}
                Err(_) => return Err(Broken::Late),
            }
        }
    }

    /// Ends it in order, if that can be.
    pub(super) async fn close(self) {
        let closed = timeout(BYE, self.connection.close(200, ShortString::from("bye"))).await;
        if !matches!(closed, Ok(Ok(()))) {
            tracing::debug!("the connection to RabbitMQ did not end in order");
        }
    }
}
