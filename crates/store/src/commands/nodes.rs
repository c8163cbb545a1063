//! Nodes: coming, staying and going.
//!
//! Their times are those of the database ([`Transaction::clock`](super::Transaction::clock)): a node whose own clock is
//! ahead would otherwise take the others for gone.

use std::time::Duration;

use super::{Batch, Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::{LONGEST_ENTRY, NODE_ADDRESS_CHARS, Node, NodeId};

/// Enters a node, or lets it stay.
#[derive(Clone)]
pub(crate) struct EnterNode {
    pub(crate) node: Node,
    pub(crate) lasting: Duration,
}

impl Command for EnterNode {
    type Answer = ();

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<(), Failed> {
        let now = batch.clock()?;
        let until = now.plus(self.lasting.min(LONGEST_ENTRY));
        let Node { id, address, fingerprint } = self.node;
        let address: String = address.chars().take(NODE_ADDRESS_CHARS).collect();
        batch.write(
            "INSERT INTO node (id, address, fingerprint, ends_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET address = $2, fingerprint = $3, ends_at = $4",
            parameters![id.0, &address, fingerprint.as_slice(), until],
        )?;
        // One at a time: two that remove the same rows could wait for each other.
        if batch.is_alone_with("registry of nodes")? {
            batch.write("DELETE FROM node WHERE ends_at <= $1", parameters![now])?;
        }
        Ok(())
    }
}

/// A node goes by itself.
#[derive(Clone)]
pub(crate) struct LeaveNode(pub(crate) NodeId);

impl Command for LeaveNode {
    type Answer = ();

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<(), Failed> {
        Ok(batch.write("DELETE FROM node WHERE id = $1", parameters![self.0.0])?)
    }
}
