//! What other nodes have done to sessions.
//!
//! Rows become visible when their transactions end, which is not the order of their ids. So each time everything is
//! asked for whose transaction may have been under way the time before: PostgreSQL says which was the oldest of those.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chinwag_model::Epoch;
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

/// The oldest transaction that is under way; everything older has ended. And whether nothing can be stored, since it is a
/// standby or somebody has set it so.
const OLDEST: &str = "
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text, current_setting('transaction_read_only')::boolean::int::bigint";

/// PostgreSQL that takes longer for so little is as good as away.
const STILL: Duration = Duration::from_secs(3);
/// How long it is believed that PostgreSQL is there.
const FRESH: Duration = Duration::from_secs(1);

/// Up to where news were read, and what PostgreSQL was like then.
pub(super) struct News {
    state: Mutex<State>,
}

struct State {
    place: Place,
    /// When PostgreSQL has answered last, and whether it can only be read from.
    seen: Option<(Instant, bool)>,
}

/// Where to go on.
#[derive(Clone)]
struct Place {
    /// Transactions are counted anew where time has gone back.
    epoch: Epoch,
    /// Of this transaction, and all that are younger,
    transaction: String,
    /// what comes after this.
    id: i64,
    /// Where to begin once everything up to now was told, if there were several pages of that.
    then: Option<String>,
}

impl Place {
    fn at(epoch: Epoch, transaction: String) -> Self {
        Self { epoch, transaction, id: 0, then: None }
    }

    /// Before everything that is kept.
    fn beginning(epoch: Epoch) -> Self {
        Self::at(epoch, "0".to_owned())
    }
}

impl News {
    /// From now on.
    pub(super) async fn begin(client: &Client, epoch: Epoch) -> std::result::Result<Self, Error> {
        let oldest: String = client.query_one(OLDEST, &[]).await?.try_get(0)?;
        Ok(Self { state: Mutex::new(State { place: Place::at(epoch, oldest), seen: None }) })
    }

    /// What came since the time before. This is asked all the time, is quick, and waits for nothing else that is asked, so
    /// that whether PostgreSQL still answers is found out by it.
    pub(super) async fn read(&self, connections: &Connections) -> Result<SessionNews> {
        let read = tokio::time::timeout(STILL, self.read_patiently(connections)).await;
        let news = match read {
            Ok(news) => news.map_err(not_read),
            Err(_) => Err(connections.stand_still("it stands still").not_read()),
        };
        if news.is_err() {
            self.state().seen = None;
        }
        news
    }

    /// Whether something can be stored, as far as it was found out just now.
    pub(super) fn can_be_written(&self) -> Option<bool> {
        let (at, read_only) = self.state().seen?;
        (at.elapsed() < FRESH).then_some(!read_only)
    }

    async fn read_patiently(
        &self,
        connections: &Connections,
    ) -> std::result::Result<SessionNews, DatabaseError> {
        let connection = connections.watch().await?;
        let epoch = connection.installation().epoch;
        let mut place = self.state().place.clone();
        if place.epoch != epoch {
            place = Place::beginning(epoch);
        }
        // Before the news: what ends in between comes twice rather than never.
        let statement = in_time(connection.prepare_cached(OLDEST)).await?;
        let row = in_time(connection.query_one(&statement, &[])).await?;
        let row: &dyn Row = &row;
        let (oldest, read_only) = (row.get(0)?, row.get(1)?);
        let then = place.then.unwrap_or(oldest);
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
                Place { epoch, transaction: last.get(0)?, id: last.get(1)?, then: Some(then) }
            }
            None => Place::at(epoch, then),
        };
        *self.state() = State { place: next, seen: Some((Instant::now(), read_only)) };
        Ok(news)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
