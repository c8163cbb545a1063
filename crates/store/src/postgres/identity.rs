//! Whether the database is the one that it was.
//!
//! Whoever restores a backup, or goes on with a standby that had not received everything, takes time back: revisions that
//! clients have seen are given to other changes. Clients find that out by the epoch, so then there must be another.
//! PostgreSQL begins another *timeline* whenever a standby takes over or a backup is recovered, a database that was dumped
//! and restored is another database, and a table that was restored by itself is another table; all of that is in what it
//! is known by here. A cold copy of all files that is started in place of the original is the same to PostgreSQL, and so
//! are rows that somebody replaced in the tables that there are; `chinwag` cannot tell them either.

use std::sync::{PoisonError, RwLock};

use chinwag_model::{Epoch, RoomId, StreamId};
use tokio_postgres::{Client, Error};
use uuid::Uuid;

use crate::commands::Installation;

/// What the database is known by: the cluster, its timeline, the database in it, and the table in that.
///
/// Where one may not ask about the cluster, as some services have it, only the database and the table are left.
const IDENTITY: &str = "
    SELECT concat_ws(' ', (SELECT oid FROM pg_database WHERE datname = current_database()), to_regclass('meta')::oid),
           has_function_privilege('pg_control_system()', 'execute')
             AND has_function_privilege('pg_control_checkpoint()', 'execute')";

const CLUSTER: &str = "
    SELECT (SELECT system_identifier::text FROM pg_control_system()),
           (SELECT timeline_id::text FROM pg_control_checkpoint()),
           CASE WHEN pg_is_in_recovery() THEN NULL ELSE substring(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END";

/// What it is known by now.
async fn identity(client: &Client) -> Result<String, Error> {
    let row = client.query_one(IDENTITY, &[]).await?;
    let database: String = row.try_get(0)?;
    if !row.try_get::<_, bool>(1)? {
        return Ok(database);
    }
    let row = client.query_one(CLUSTER, &[]).await?;
    let cluster: String = row.try_get(0)?;
    // The timeline that is written now; that of the last checkpoint may be older.
    let (checkpoint, writing): (String, Option<String>) = (row.try_get(1)?, row.try_get(2)?);
    let timeline = writing.and_then(|hex| u32::from_str_radix(&hex, 16).ok());
    let timeline = timeline.map_or(checkpoint, |timeline| timeline.to_string());
    Ok(format!("{cluster} {timeline} {database}"))
}

/// What is true of the installation as long as the database is the one that it was.
pub(super) struct Present(RwLock<Known>);

struct Known {
    /// What the database is known by.
    identity: String,
    installation: Installation,
}

impl Present {
    /// Looks what database this is, and begins another epoch if it is not the one that it was when it was last opened.
    /// `None`: it is not ours.
    pub(super) async fn find(client: &mut Client) -> Result<Option<Self>, Error> {
        let identity = identity(client).await?;
        check(client, &identity).await?;
        let Some(installation) = installation(client).await? else { return Ok(None) };
        Ok(Some(Self(RwLock::new(Known { identity, installation }))))
    }

    /// What is true now.
    pub(super) fn installation(&self) -> Installation {
        self.0.read().unwrap_or_else(PoisonError::into_inner).installation
    }

    /// Looks the same way whenever there is a new connection: another server may have taken over in the meantime. Answers
    /// what is true of whatever is read by this connection. `None`: it is not ours any more.
    pub(super) async fn confirm(&self, client: &mut Client) -> Result<Option<Installation>, Error> {
        let identity = identity(client).await?;
        {
            let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if known.identity == identity {
                return Ok(Some(known.installation));
            }
        }
        check(client, &identity).await?;
        let Some(installation) = installation(client).await? else { return Ok(None) };
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Known { identity, installation };
        Ok(Some(installation))
    }
}

/// Begins another epoch unless the database is known by this.
async fn check(client: &mut Client, identity: &str) -> Result<(), Error> {
    let transaction = client.transaction().await?;
    // Of several nodes that find it out one begins the epoch.
    let epoch = transaction.query_opt("SELECT value FROM meta WHERE key = 'epoch' FOR UPDATE", &[]).await?;
    let known = transaction.query_opt("SELECT value FROM meta WHERE key = 'identity'", &[]).await?;
    let known: Option<String> = known.map(|row| row.try_get(0)).transpose()?;
    if known.as_deref() != Some(identity) {
        transaction
            .execute(
                "INSERT INTO meta (key, value) VALUES ('identity', $1)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                &[&identity],
            )
            .await?;
        if epoch.is_some() && known.is_some() {
            transaction
                .execute("UPDATE meta SET value = $1 WHERE key = 'epoch'", &[&new_epoch().to_string()])
                .await?;
            tracing::warn!(
                "the database was restored, or another server took over: a new epoch begins, and clients load afresh"
            );
        }
    }
    transaction.commit().await
}

/// A fresh epoch, as it is stored.
pub(super) fn new_epoch() -> i64 {
    let (high, low) = Uuid::new_v4().as_u64_pair();
    // Without the sign, and without the bits that every such id has.
    ((high ^ low.rotate_left(16)) >> 1).cast_signed()
}

/// What is true of the whole installation.
async fn installation(client: &Client) -> Result<Option<Installation>, Error> {
    let mut found = (None, None, None);
    let sql = "SELECT key, value FROM meta WHERE key IN ('epoch', 'workspace', 'landing_room')";
    for row in client.query(sql, &[]).await? {
        let value: String = row.try_get(1)?;
        match row.try_get(0)? {
            "epoch" => found.0 = value.parse().ok(),
            "workspace" => found.1 = value.parse().ok(),
            _ => found.2 = value.parse().ok(),
        }
    }
    let (Some(epoch), Some(workspace), Some(landing_room)) = found else { return Ok(None) };
    Ok(Some(Installation {
        epoch: Epoch(epoch),
        workspace: StreamId(workspace),
        landing_room: RoomId(landing_room),
    }))
}
