//! Which nodes there are.

use crate::database::{Database, DatabaseError, Failed, Row, parameters};
use crate::{MOST_NODES, Node, NodeId};

pub(crate) fn nodes(database: &dyn Database) -> Result<Vec<Node>, Failed> {
    Ok(database.all(
        "SELECT id, address, fingerprint FROM node ORDER BY id LIMIT $1",
        parameters![MOST_NODES],
        node,
    )?)
}

fn node(row: &dyn Row) -> Result<Node, DatabaseError> {
    let fingerprint = row.bytes(2)?.try_into();
    Ok(Node {
        id: NodeId(row.id(0)?),
        address: row.text(1)?,
        fingerprint: fingerprint
            .map_err(|_| DatabaseError::malformed("a fingerprint does not have 32 bytes"))?,
    })
}
