//! What other nodes have done to sessions.
//!
//! Rows become visible when their transactions end, which is not the order of their ids. So each time everything is
//! asked for whose transaction may have been under way the time before: PostgreSQL says which was the oldest of those.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio_postgres::{Client, Error};

use super::connections::Connections;
use super::failure::in_time;
use super::read::not_read;
use crate::database::{DatabaseError, Row};
use crate::{Result, SessionNews};

/// News from a place on, in pages.
const NEWS: &str = "
    SELECT session_news.transaction::text, session_news.id, session_news.key, session_news.ended
    FROM session_news WHERE (session_news.transaction, session_news.id) > ($1::text::xid8, $2)
    ORDER BY session_news.transaction, session_news.id LIMIT $3";

/// Most that is told at once.
const PAGE: i64 = 10_000;

/// The oldest transaction that is under way; everything older has ended.
const OLDEST: &str = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text";

/// PostgreSQL that takes longer for so little is as good as away.
const STILL: Duration = Duration::from_secs(3);

/// Up to where news were read.
pub(super) struct News {
    place: Mutex<Place>,
}

/// Where to go on.
#[derive(Clone)]
struct Place {
    /// Of this transaction, and all that are younger,
    transaction: String,
    /// what comes after this.
    id: i64,
    /// Where to begin once everything up to now was told, if there were several pages of that.
    then: Option<String>,
}

impl Place {
    fn at(transaction: String) -> Self {
        Self { transaction, id: 0, then: None }
    }
}

impl News {
    /// From now on.
    pub(super) async fn begin(client: &Client) -> std::result::Result<Self, Error> {
        let oldest: String = client.query_one(OLDEST, &[]).await?.try_get(0)?;
        Ok(Self { place: Mutex::new(Place::at(oldest)) })
    }

    /// What came since the time before. This is asked all the time, is quick, and waits for nothing else that is asked, so
    /// that whether PostgreSQL still answers is found out by it.
    pub(super) async fn read(&self, connections: &Connections) -> Result<SessionNews> {
        match tokio::time::timeout(STILL, self.read_patiently(connections)).await {
            Ok(news) => news.map_err(not_read),
            Err(_) => Err(connections.stand_still("it stands still").not_read()),
        }
    }

    async fn read_patiently(
        &self,
        connections: &Connections,
    ) -> std::result::Result<SessionNews, DatabaseError> {
        let connection = connections.watch().await?;
        let place = self.place.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // Before the news: what ends in between comes twice rather than never.
        let then = match place.then {
            Some(then) => then,
            None => {
                let row = in_time(connection.query_one(OLDEST, &[])).await?;
                let row: &dyn Row = &row;
                row.get(0)?
            }
        };
        let statement = in_time(connection.prepare_cached(NEWS)).await?;
        let rows = in_time(connection.query(&statement, &[&place.transaction, &place.id, &PAGE])).await?;
        connection.give_back();
        let mut news = SessionNews { more: i64::try_from(rows.len()) == Ok(PAGE), ..SessionNews::default() };
        for row in &rows {
            let row: &dyn Row = row;
            let (key, ended) = (row.get(2)?, row.get(3)?);
            if ended { &mut news.ended } else { &mut news.stale }.push(key);
        }
        let next = match rows.last().filter(|_| news.more) {
            Some(last) => {
                let last: &dyn Row = last;
                Place { transaction: last.get(0)?, id: last.get(1)?, then: Some(then) }
            }
            None => Place::at(then),
        };
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(news)
    }
}
