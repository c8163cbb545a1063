//! Reaching the broker.

use std::time::Duration;

use lapin::options::ConfirmSelectOptions;
use lapin::tcp::OwnedTLSConfig;
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, DefaultConnectionBuilder};
use tokio::time::timeout;

use super::options::Options;

/// How long connecting may take, and closing.
const PATIENCE: Duration = Duration::from_secs(10);
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
}

/// A connection, with a channel for each purpose: what fails on one of them ends that one.
pub(super) struct Connected {
    connection: Connection,
    /// For taking jobs to the queues; it confirms.
    pub(super) relaying: Channel,
    /// For doing them; it confirms as well.
    pub(super) working: Channel,
    /// For taking those back that were given up.
    pub(super) burying: Channel,
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
        let [relaying, working, burying] = [
            connection.create_channel().await?,
            connection.create_channel().await?,
            connection.create_channel().await?,
        ];
        for channel in [&relaying, &working] {
            channel.confirm_select(ConfirmSelectOptions::default()).await?;
        }
        Ok(Connected { connection, relaying, working, burying })
    };
    timeout(PATIENCE, connecting).await.map_err(|_| Broken::Late)?
}

impl Connected {
    /// Ends it in order.
    pub(super) async fn close(&self) {
        let closed = timeout(PATIENCE, self.connection.close(200, ShortString::from("bye"))).await;
        if !matches!(closed, Ok(Ok(()))) {
            tracing::debug!("the connection to RabbitMQ did not end in order");
        }
    }
}

/// Publishes a message that outlives the broker, and waits until it has it on its disk in a queue.
pub(super) async fn publish(
    channel: &Channel,
    exchange: &str,
    key: &str,
    payload: &[u8],
) -> Result<(), Broken> {
    let options = lapin::options::BasicPublishOptions { mandatory: true, ..Default::default() };
    let properties = BasicProperties::default().with_delivery_mode(2);
    let publishing = async {
        let confirm =
            channel.basic_publish(exchange.into(), key.into(), options, payload, properties).await?;
        let confirmation = confirm.await?;
        // What no queue takes comes back.
        if confirmation.is_ack() && confirmation.take_message().is_none() {
            Ok(())
        } else {
            Err(Broken::NotTaken)
        }
    };
    timeout(CONFIRM, publishing).await.map_err(|_| Broken::Late)?
}
