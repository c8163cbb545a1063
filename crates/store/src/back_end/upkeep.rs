//! The contract of upkeep.

use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::BackEnd;
use crate::{Result, Upkeep, commands};

#[async_trait]
impl<B: BackEnd> Upkeep for B {
    async fn purge_messages(&self) -> Result<Option<Duration>> {
        let begun = Instant::now();
        let more = self.carry_out(commands::Purge).await?;
        Ok(more.then(|| commands::pause(begun.elapsed())))
    }

    async fn remove_old_messages(&self) -> Result<Option<Duration>> {
        let begun = Instant::now();
        let swept = self.carry_out(commands::Sweep).await?;
        if let Some(removed) = swept.removed {
            let (room, floor) = (removed.room, removed.floor.0);
            tracing::info!(%room, removed = removed.messages, floor, "messages that a room keeps no longer were removed");
        }
        Ok(swept.more.then(|| commands::pause(begun.elapsed())))
    }
}
