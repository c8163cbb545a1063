//! Presence: who is where.

use std::sync::Arc;

use async_trait::async_trait;
use chinwag_model::{Person, StreamId, UserId};

use crate::Result;

/// Who is in a place now.
#[derive(Clone, Debug, Default)]
pub struct Here {
    /// How many people.
    pub online: usize,
    /// The first of them, in no particular order.
    pub people: Vec<Arc<Person>>,
}

/// What changed in a place since the last time it was told.
#[derive(Clone, Debug)]
pub struct PlaceChange {
    /// Where: a room's stream, or the workspace's for the whole installation.
    pub place: StreamId,
    /// How many people are there now.
    pub online: usize,
    /// Who came.
    pub came: Vec<Arc<Person>>,
    /// Who went.
    pub went: Vec<Arc<Person>>,
}

/// Presence. A person is in a place as long as at least one of their connections is; short absences are not told.
#[async_trait]
pub trait Presence {
    /// A connection of somebody came into a place. Each connection enters a place at most once before it leaves.
    async fn enter(&self, place: StreamId, person: &Arc<Person>) -> Result<()>;

    /// A connection of somebody left a place.
    async fn leave(&self, place: StreamId, user: UserId) -> Result<()>;

    /// Who is in a place: how many, and at most `limit` of them.
    async fn here(&self, place: StreamId, limit: usize) -> Result<Here>;

    /// Waits until something changed and says what. Large places are told less often than small ones, so that telling
    /// everybody does not grow with the square of their number.
    async fn changed(&self) -> Vec<PlaceChange>;
}
