//! What other nodes have done to sessions.
//!
//! Rows become visible when their transactions end, which is not the order of their ids. So each time everything is
//! asked for whose transaction may have been under way the time before: PostgreSQL says which was the oldest of those.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chinwag_model::SessionKey;
use tokio_postgres::{Client, Error};

use super::connections::Connections;
use super::failure::{Cause, in_time};
use super::read::not_read;
use crate::database::{DatabaseError, Row};
use crate::{Result, SessionNews};

const NEWS: &str = "
    SELECT session_news.key, session_news.ended FROM session_news WHERE session_news.transaction >= $1::text::xid8";

/// The oldest transaction that is under way; everything older has ended.
const OLDEST: &str = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text";

/// PostgreSQL that takes longer for so little is as good as away.
const STILL: Duration = Duration::from_secs(3);

/// Up to where news were read.
pub(super) struct News {
    after: Mutex<String>,
}

impl News {
    /// From now on.
    pub(super) async fn begin(client: &Client) -> std::result::Result<Self, Error> {
        let oldest: String = client.query_one(OLDEST, &[]).await?.try_get(0)?;
        Ok(Self { after: Mutex::new(oldest) })
    }

    /// What came since the time before. This is asked all the time and is quick, so that whether PostgreSQL still answers
    /// is found out by it.
    pub(super) async fn read(&self, connections: &Connections) -> Result<SessionNews> {
        match tokio::time::timeout(STILL, self.read_patiently(connections)).await {
            Ok(news) => news,
            Err(_) => Err(connections.stand_still("it stands still").not_read()),
        }
    }

    async fn read_patiently(&self, connections: &Connections) -> Result<SessionNews> {
        let connection = connections.read().await.map_err(|cause| cause.not_read())?;
        // Before the news: what ends in between comes twice rather than never.
        let oldest = in_time(connection.query_one(OLDEST, &[])).await.map_err(|cause| cause.not_read())?;
        let oldest: String = oldest.try_get(0).map_err(|error| Cause::from(error).not_read())?;
        let after = self.after.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut news = SessionNews::default();
        let read = async {
            let statement = in_time(connection.prepare_cached(NEWS)).await?;
            in_time(connection.query(&statement, &[&after])).await
        };
        for row in read.await.map_err(|cause| cause.not_read())? {
            let (key, ended) = news_of(&row).map_err(not_read)?;
            if ended { &mut news.ended } else { &mut news.stale }.push(key);
        }
        connection.give_back();
        *self.after.lock().unwrap_or_else(PoisonError::into_inner) = oldest;
        Ok(news)
    }
}

fn news_of(row: &dyn Row) -> std::result::Result<(SessionKey, bool), DatabaseError> {
    Ok((row.get(0)?, row.get(1)?))
}
