//! Publishing what happens.

use async_trait::async_trait;
use futures_util::future::try_join_all;
use serde_json::json;
use tokio::time::timeout;

use super::connection::{Broken, Connected, Message};
use super::keep::{Stopping, Use, begin, stop};
use super::options::Options;
use super::topology::{self, Names};
use crate::clock::now;
use crate::log_stream::{Entries, Entry, LogStream, Topic};
use crate::runner::Running;

/// Most entries that are on their way at once.
const AT_ONCE: usize = 64;

/// Publishes what happens here to the broker, in the runtime of whoever asks. It need not be there yet: so long as it is not,
/// as much as [`WAITING`](crate::log_stream::WAITING) says waits for it.
#[must_use]
pub fn publish_log(options: &Options) -> (LogStream, Running) {
    let (stream, entries) = LogStream::new();
    let names = Names::of(&options.instance);
    let publishing = Publishing { entries, names, under_way: Vec::new(), lost: 0 };
    let running = begin(options, publishing);
    (stream, running)
}

struct Publishing {
    entries: Entries,
    names: Names,
    /// What was taken, and not confirmed: it is published again over the next connection.
    under_way: Vec<Entry>,
    /// How many were lost that nobody has been told of.
    lost: u64,
}

#[async_trait]
impl Use for Publishing {
    fn what(&self) -> &'static str {
        "telling it what happens, some of which may get lost"
    }

    async fn over(&mut self, connected: &Connected, stopping: &mut Stopping) -> Result<(), Broken> {
        topology::declare_log(&connected.channel, &self.names).await?;
        self.publish(connected).await?;
        loop {
            tokio::select! {
                grace = stop(stopping) => {
                    return timeout(grace, self.finish(connected)).await.unwrap_or(Ok(()));
                }
                taken = self.entries.waiting.recv_many(&mut self.under_way, AT_ONCE) => {
                    if taken == 0 {
                        // Nobody is left who could say anything.
                        return Ok(());
                    }
                }
            }
            self.publish(connected).await?;
        }
    }
}

impl Publishing {
    /// Publishes what waits, and takes nothing more.
    async fn finish(&mut self, connected: &Connected) -> Result<(), Broken> {
        self.entries.waiting.close();
        while self.entries.waiting.recv_many(&mut self.under_way, AT_ONCE).await > 0 {
            self.publish(connected).await?;
        }
        Ok(())
    }

    /// Publishes what was taken, and how much was lost before.
    async fn publish(&mut self, connected: &Connected) -> Result<(), Broken> {
        self.lost += self.entries.lost();
        let loss = (self.lost > 0).then(|| {
            let what = "some entries of this stream were lost";
            let body = json!({ "error": what, "count": self.lost, "ts": now().0 }).to_string();
            Entry { topic: Topic::Error, body: body.into_bytes() }
        });
        let exchange = self.names.log();
        let published = self.under_way.iter().chain(&loss).map(|Entry { topic, body }| {
            // Errors outlive the broker; there are too many of the others to wait for a disk.
            let message = if *topic == Topic::Error { Message::kept(body) } else { Message::passing(body) };
            connected.publish(exchange, topic.key(), message)
        });
        try_join_all(published).await?;
        self.under_way.clear();
        self.lost = 0;
        Ok(())
    }
}
