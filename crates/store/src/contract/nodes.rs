//! Nodes: which processes share this store, and how they reach each other.
//!
//! A node enters itself for a while and again before that is over; one that vanished is not there any more once its time
//! has ended. It is judged by one clock, the database's, whatever those of the nodes say.

use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use crate::Result;

/// Most characters of a node's address: a host name has 253 at most, and then there is the port.
pub const NODE_ADDRESS_CHARS: usize = 260;
/// Most nodes that are listed.
pub const MOST_NODES: usize = 1_000;
/// Longest time that a node is entered for, however long is asked for.
pub const LONGEST_ENTRY: Duration = Duration::from_secs(10 * 60);

/// Names a node: random, and another one each time that a process starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub Uuid);

/// A node, as the others know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Which one.
    pub id: NodeId,
    /// Where the others reach it, as `host:port`, at most [`NODE_ADDRESS_CHARS`]. What is longer is cut off.
    pub address: String,
    /// The SHA-256 of the certificate (DER) that it shows there, and to those that it calls.
    pub fingerprint: [u8; 32],
}

/// The registry of nodes.
#[async_trait]
pub trait Nodes {
    /// Enters a node, or lets it stay: for `lasting` from now on, at most [`LONGEST_ENTRY`]. Nodes whose time is over go.
    async fn enter_node(&self, node: Node, lasting: Duration) -> Result<()>;

    /// A node goes by itself. Whether it was there does not matter.
    async fn leave_node(&self, id: NodeId) -> Result<()>;

    /// The nodes that there are, at most [`MOST_NODES`]. One whose time is over is among them until another enters or
    /// stays.
    async fn nodes(&self) -> Result<Vec<Node>>;
}
