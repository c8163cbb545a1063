//! The contract of nodes.

use std::time::Duration;

use async_trait::async_trait;

use super::BackEnd;
use crate::{Node, NodeId, Nodes, Result, commands, questions};

#[async_trait]
impl<B: BackEnd> Nodes for B {
    async fn enter_node(&self, node: Node, lasting: Duration) -> Result<()> {
        self.carry_out(commands::EnterNode { node, lasting }).await
    }

    async fn leave_node(&self, id: NodeId) -> Result<()> {
        self.carry_out(commands::LeaveNode(id)).await
    }

    async fn nodes(&self) -> Result<Vec<Node>> {
        self.ask(|database| questions::nodes(database)).await
    }
}
