//! What happens to a cluster.

use std::fmt;

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A node is killed (kill -9).
    Kill(usize),
    /// A node is told to end (SIGTERM).
    Stop(usize),
    /// Redis is killed and started again, empty, after two seconds.
    RestartRedis,
    /// Redis loses everything.
    EmptyRedis,
    /// PostgreSQL ends and is started again after two seconds.
    RestartPostgres,
    /// Nothing comes to a node or from it any more, and nobody is told.
    CutOff(usize),
}

impl Fault {
    /// All of them, one after the other, with so many nodes, the last of which can be cut off or not.
    pub(crate) fn all(nodes: usize, cut_off: bool) -> Vec<Self> {
        let mut all = vec![
            Self::Stop(0),
            Self::Stop(1),
            Self::Kill(0),
            Self::Kill(1),
            Self::RestartRedis,
            Self::EmptyRedis,
            Self::RestartPostgres,
        ];
        if cut_off {
            all.push(Self::CutOff(nodes - 1));
        }
        all
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(node) => write!(f, "node {node} is killed (kill -9)"),
            Self::Stop(node) => write!(f, "node {node} is told to end (SIGTERM)"),
            Self::RestartRedis => f.write_str("Redis is killed, and back and empty after 2 s"),
            Self::EmptyRedis => f.write_str("Redis loses everything (FLUSHALL)"),
            Self::RestartPostgres => f.write_str("PostgreSQL is stopped, and back after 2 s"),
            Self::CutOff(node) => write!(f, "node {node} is cut off"),
        }
    }
}
