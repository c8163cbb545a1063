//! What is valid but odd about a PostgreSQL server: above all what could lose what was acknowledged.

use super::failure::Cause;
use super::open::{First, OpenError};
use super::options::Options;
use crate::commands::now;

#[cfg(test)]
mod tests;

const SETTINGS: &str = "
    SELECT current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes'),
           current_setting('synchronous_standby_names'), current_setting('max_connections')::bigint,
           (SELECT count(*) FROM pg_stat_replication),
           floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/// By how much clocks may differ, in milliseconds.
const CLOCKS: i64 = 2_000;

/// How a server is set, as far as it matters here.
struct Found {
    synchronous_commit: String,
    fsync: String,
    full_page_writes: String,
    synchronous_standby_names: String,
    max_connections: i64,
    standbys: i64,
    /// By how much its clock is ahead of this machine's, in milliseconds.
    ahead: i64,
}

/// Connects, and answers with what an operator should know, a sentence each. Changes nothing.
///
/// # Errors
/// It cannot be reached, or cannot be used.
pub async fn advice(options: &Options) -> Result<Vec<String>, OpenError> {
    let first = First::connect(options).await?;
    let found = found(&first).await.map_err(|error| OpenError::Unreachable {
        address: options.address.shown().to_owned(),
        reason: Cause::from(error).to_string(),
    })?;
    Ok(sentences(&found, options))
}

async fn found(first: &First) -> Result<Found, tokio_postgres::Error> {
    let row = first.client.query_one(SETTINGS, &[]).await?;
    Ok(Found {
        synchronous_commit: row.try_get(0)?,
        fsync: row.try_get(1)?,
        full_page_writes: row.try_get(2)?,
        synchronous_standby_names: row.try_get(3)?,
        max_connections: row.try_get(4)?,
        standbys: row.try_get(5)?,
        ahead: row.try_get::<_, i64>(6)? - now().0,
    })
}

fn sentences(found: &Found, options: &Options) -> Vec<String> {
    let mut advice = Vec::new();
    if found.fsync == "off" {
        advice.push(
            "PostgreSQL has fsync off: a crash of its machine can lose or damage everything; set fsync = on."
                .to_owned(),
        );
    }
    if found.full_page_writes == "off" {
        advice.push(
            "PostgreSQL has full_page_writes off: a crash of its machine can damage the database; set \
             full_page_writes = on."
                .to_owned(),
        );
    }
    if found.synchronous_commit == "off" {
        advice.push(
            "PostgreSQL has synchronous_commit off, by which a crash loses what was acknowledged; Chinwag sets it to on \
             for itself."
                .to_owned(),
        );
    }
    let named = !found.synchronous_standby_names.trim().is_empty();
    if found.standbys > 0 && !named {
        advice.push(format!(
            "PostgreSQL has {} and waits for none of them (synchronous_standby_names is empty): if one takes over, \
             messages that were acknowledged can be lost; name them there.",
            counted(found.standbys)
        ));
    }
    if named && found.standbys == 0 {
        advice.push(
            "PostgreSQL waits for a standby (synchronous_standby_names) and none is connected: nothing can be stored until one \
             is."
                .to_owned(),
        );
    }
    if named && matches!(found.synchronous_commit.as_str(), "local" | "remote_write") {
        advice.push(format!(
            "PostgreSQL has synchronous_commit = {}, so it does not wait until a standby has written what was \
             acknowledged: if one takes over, it can be lost; set it to on.",
            found.synchronous_commit
        ));
    }
    if usize::try_from(found.max_connections).is_ok_and(|most| options.connections >= most) {
        advice.push(format!(
            "store.connections is {}, but PostgreSQL has max_connections = {} for all nodes together; raise that, or \
             lower this.",
            options.connections, found.max_connections
        ));
    }
    if found.ahead.abs() > CLOCKS {
        advice.push(format!(
            "The clock of PostgreSQL is {} s {} this machine's: times of messages and ends of sessions will be wrong for \
             somebody; set both by NTP.",
            found.ahead.abs() / 1_000,
            if found.ahead > 0 { "ahead of" } else { "behind" }
        ));
    }
    advice
}

fn counted(standbys: i64) -> String {
    if standbys == 1 { "a standby".to_owned() } else { format!("{standbys} standbys") }
}
