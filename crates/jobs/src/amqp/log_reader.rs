//! Taking out of the queues what happened.

use std::fmt::Write;
use std::io;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::future::try_join_all;
use futures_util::stream::select_all;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use serde_json::Value;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::oneshot;

use super::connection::{Broken, Connected};
use super::keep::{Stopping, Use, begin, stop};
use super::options::Options;
use super::topology::{self, Names};
use crate::runner::Running;

#[cfg(test)]
mod tests;

/// Most entries that are written at once, before they are taken out of their queue.
const AT_ONCE: u16 = 256;

/// Writes what happens, a line for each entry: the queue, the routing key, and the entry as JSON. An entry leaves its queue
/// once it is written, so that whoever stops in the middle reads some of them again. If writing fails it ends, and the other
/// answer tells why.
pub fn read_log(
    options: &Options,
    to: Box<dyn AsyncWrite + Send + Unpin>,
) -> (Running, oneshot::Receiver<io::Error>) {
    let (failed, failure) = oneshot::channel();
    let reading = Reading { to, names: Names::of(&options.instance), failed: Some(failed) };
    let running = begin(options, reading);
    (running, failure)
}

struct Reading {
    to: Box<dyn AsyncWrite + Send + Unpin>,
    names: Names,
    failed: Option<oneshot::Sender<io::Error>>,
}

#[async_trait]
impl Use for Reading {
    fn what(&self) -> &'static str {
        "reading what happens"
    }

    async fn over(&mut self, connected: &Connected, stopping: &mut Stopping) -> Result<(), Broken> {
        let channel = &connected.channel;
        topology::declare_log(channel, &self.names).await?;
        channel.basic_qos(AT_ONCE, BasicQosOptions { global: true }).await?;
        let queues = self.names.log_queues().map(|(queue, _)| queue.to_owned());
        let consumers = queues.iter().map(|queue| connected.consume(queue, BasicConsumeOptions::default()));
        let entries =
            try_join_all(consumers).await?.into_iter().zip(&queues).map(|((deliveries, _), queue)| {
                deliveries.map(move |delivery| Ok((queue.as_str(), delivery?))).boxed()
            });
        // As many as there are, so that they are written and flushed together.
        let mut entries = select_all(entries).ready_chunks(usize::from(AT_ONCE));
        loop {
            let several = tokio::select! {
                _ = stop(stopping) => return Ok(()),
                several = entries.next() => several.ok_or(Broken::Cancelled)?,
            };
            let several: Vec<_> = several.into_iter().collect::<Result<_, Broken>>()?;
            if let Err(error) = self.write(&several).await {
                // Whoever waits for this may be gone.
                let _ = self.failed.take().map(|failed| failed.send(error));
                return Ok(());
            }
            try_join_all(several.iter().map(|(_, entry)| entry.ack(BasicAckOptions::default()))).await?;
        }
    }
}

impl Reading {
    async fn write(&mut self, entries: &[(&str, Delivery)]) -> io::Result<()> {
        let lines: String = entries
            .iter()
            .map(|(queue, entry)| line(queue, entry.routing_key.as_str(), &entry.data))
            .collect();
        self.to.write_all(lines.as_bytes()).await?;
        self.to.flush().await
    }
}

/// A line that does nothing to a terminal: whoever reaches the broker can publish anything.
fn line(queue: &str, key: &str, body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()));
    format!("{queue} {} {}\n", harmless(key), harmless(&body.to_string()))
}

/// As JSON escapes it.
fn harmless(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            // Writing to a string cannot fail.
            let _ = write!(harmless, "\\u{:04x}", u32::from(character));
        } else {
            harmless.push(character);
        }
    }
    harmless
}
