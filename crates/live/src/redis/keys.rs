//! The names of keys and channels. `docs/redis.md` lists them with their types and expiries.

use std::fmt::Write;

use chinwag_model::{SessionKey, StreamId};

use super::node::NodeId;
use super::options::Instance;

/// Names things of one installation.
#[derive(Clone, Debug)]
pub(super) struct Keys(String);

/// What a node listens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Channel {
    /// What is for every node.
    All,
    /// What is for the nodes that have members in a stream, or people in a place.
    Stream(StreamId),
}

impl Keys {
    pub(super) fn new(instance: &Instance) -> Self {
        Self(instance.as_str().to_owned())
    }

    /// The name of a channel.
    pub(super) fn channel(&self, channel: Channel) -> String {
        match channel {
            Channel::All => format!("{}:all", self.0),
            Channel::Stream(stream) => format!("{}:stream:{{{stream}}}", self.0),
        }
    }

    /// The nodes that live: a sorted set.
    pub(super) fn nodes(&self) -> String {
        format!("{}:nodes", self.0)
    }

    /// Whom a node has in a place: a hash. On a cluster it lies with the channel of the place.
    pub(super) fn place(&self, place: StreamId, node: NodeId) -> String {
        format!("{}:place:{{{place}}}:{node}", self.0)
    }

    /// How often something was done: a number.
    pub(super) fn limit(&self, key: &str) -> String {
        format!("{}:limit:{key}", self.0)
    }

    /// How often something failed: a hash.
    pub(super) fn penalty(&self, key: &str) -> String {
        format!("{}:penalty:{key}", self.0)
    }

    /// A session: JSON, or the word that it has ended.
    pub(super) fn session(&self, key: SessionKey) -> String {
        let mut name = format!("{}:session:", self.0);
        for byte in key.0 {
            // Writing to a string does not fail.
            let _ = write!(name, "{byte:02x}");
        }
        name
    }
}
