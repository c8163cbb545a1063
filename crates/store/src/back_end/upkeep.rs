//! The contract of upkeep.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use chinwag_model::UserId;

use super::BackEnd;
use crate::{Result, Swept, Upkeep, commands, questions};

#[async_trait]
impl<B: BackEnd> Upkeep for B {
    async fn purge_messages(&self) -> Result<Option<Duration>> {
        let begun = Instant::now();
        let more = self.carry_out(commands::Purge).await?;
        Ok(more.then(|| commands::pause(begun.elapsed())))
    }

    async fn remove_old_messages(&self) -> Result<Swept> {
        let begun = Instant::now();
        let commands::Step { more, removed } = self.carry_out(commands::Sweep).await?;
        Ok(Swept { removed, pause: more.then(|| commands::pause(begun.elapsed())) })
    }

    async fn picture_without_thumbnail(&self) -> Result<Option<(UserId, u32, Vec<u8>)>> {
        self.ask(questions::without_thumbnail).await
    }

    async fn keep_thumbnail(&self, user: UserId, version: u32, png: Vec<u8>) -> Result<()> {
        self.carry_out(commands::KeepThumbnail { user, version, png }).await
    }
}
