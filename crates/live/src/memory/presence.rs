//! Presence within one node.

use std::sync::Arc;

use async_trait::async_trait;
use chinwag_model::{Person, StreamId, UserId};

use super::MemoryLive;
use crate::{Here, PlaceChange, Presence, Result};

#[async_trait]
impl Presence for MemoryLive {
    async fn enter(&self, place: StreamId, person: &Arc<Person>) -> Result<()> {
        self.places.enter(place, person);
        Ok(())
    }

    async fn leave(&self, place: StreamId, user: UserId) -> Result<()> {
        self.places.leave(place, user);
        Ok(())
    }

    async fn here(&self, place: StreamId, limit: usize) -> Result<Here> {
        Ok(self.places.here(place, limit))
    }

    async fn changed(&self) -> Vec<PlaceChange> {
        self.places.changed().await
    }
}
