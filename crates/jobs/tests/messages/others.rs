//! Programs of others, at the same broker.

use std::sync::atomic::{AtomicUsize, Ordering};

use chinwag_jobs::amqp::{Address, Options};
use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer};
use tokio::time::timeout;

use crate::DEADLINE;

/// A broker, with a name for an installation that nobody else has there.
pub fn options(url: &str) -> Options {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let instance = format!("test{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    Options { address: Address::parse(url).unwrap(), instance }
}

/// Somebody else's connection.
pub struct Other {
    _connection: Connection,
    pub channel: Channel,
}

impl Other {
    pub async fn connect(url: &str) -> Self {
        let connection = Connection::connect(url, ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        Self { _connection: connection, channel }
    }

    /// A queue that is gone with this connection, bound to an exchange.
    pub async fn listen(&self, queue: &str, exchange: &str, key: &str) -> Consumer {
        self.queue(queue).await;
        let (options, arguments) = (QueueBindOptions::default(), FieldTable::default());
        self.channel.queue_bind(queue.into(), exchange.into(), key.into(), options, arguments).await.unwrap();
        self.consume(queue).await
    }

    /// A queue that is gone with this connection.
    pub async fn queue(&self, name: &str) {
        let options = QueueDeclareOptions { exclusive: true, ..Default::default() };
        self.channel.queue_declare(name.into(), options, FieldTable::default()).await.unwrap();
    }

    pub async fn consume(&self, queue: &str) -> Consumer {
        let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
        self.channel.basic_consume(queue.into(), "".into(), options, arguments).await.unwrap()
    }

    /// How many messages wait in a queue of this connection.
    pub async fn left_in(&self, queue: &str) -> u32 {
        let options = QueueDeclareOptions { passive: true, ..Default::default() };
        let known = self.channel.queue_declare(queue.into(), options, FieldTable::default()).await.unwrap();
        known.message_count()
    }

    pub async fn publish(&self, exchange: &str, key: &str, body: &str) {
        self.publish_with(exchange, key, body, BasicProperties::default()).await;
    }

    async fn publish_with(&self, exchange: &str, key: &str, body: &str, properties: BasicProperties) {
        let options = BasicPublishOptions::default();
        let published =
            self.channel.basic_publish(exchange.into(), key.into(), options, body.as_bytes(), properties);
        published.await.unwrap().await.unwrap();
    }

    /// Answers a question, as a worker does.
    pub async fn answer(&self, question: &Delivery, body: &str) {
        let id = question.properties.correlation_id().clone().unwrap();
        let to = question.properties.reply_to().clone().unwrap();
        let properties = BasicProperties::default().with_correlation_id(id);
        self.publish_with("", to.as_str(), body, properties).await;
    }
}

/// The next message, which leaves its queue.
pub async fn next(consumer: &mut Consumer) -> Delivery {
    let delivery = timeout(DEADLINE, consumer.next()).await.expect("a message comes").unwrap().unwrap();
    delivery.ack(BasicAckOptions::default()).await.unwrap();
    delivery
}
