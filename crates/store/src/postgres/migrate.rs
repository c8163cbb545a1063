//! Migrations: numbered, append-only, each in a transaction of its own, one node at a time.
//!
//! *Expand, then contract*: a migration first only adds what the version before does not mind, so that nodes of both
//! versions work side by side while the new one is rolled out; what is no longer used goes with a later version. Each
//! migration says which format the oldest version must know that can still work with what it leaves.

use chinwag_model::{ChangeKind, RoomName, StreamId, UserName};
use tokio_postgres::{Client, Error, Transaction};
use uuid::Uuid;

use super::options::Schema;
use crate::commands::now;
use crate::names::{FORMER_GUEST, FORMER_MEMBER};
use crate::rows::stream_kind;

/// A step from one format to the next.
struct Migration {
    sql: &'static str,
    /// The format that a version must know to work with the result.
    oldest: i64,
}

/// All migrations ever, in order: the number of a format is its place here, from 1. None is ever changed once released.
const MIGRATIONS: &[Migration] = &[
    Migration { sql: include_str!("migrations/0001_first.sql"), oldest: 1 },
    Migration { sql: include_str!("migrations/0002_retention.sql"), oldest: 1 },
    Migration { sql: include_str!("migrations/0003_thumbnails.sql"), oldest: 1 },
    Migration { sql: include_str!("migrations/0004_ways_in.sql"), oldest: 1 },
];

/// The newest format that this version knows.
pub(super) const KNOWN: i64 = MIGRATIONS.len() as i64;

/// The name of the room where everybody lands.
const LANDING_ROOM: &str = "lobby";

/// Why a database could not be brought to the present format.
#[derive(Debug, thiserror::Error)]
pub(super) enum MigrateError {
    #[error("it is of format {found}, for which a version must know format {oldest}")]
    Newer { found: i64, oldest: i64 },
    #[error("its schema holds something else")]
    Foreign,
    #[error(transparent)]
    Postgres(#[from] Error),
}

/// Runs what is missing. `found` makes what a new installation starts with; without it the tables stay empty.
pub(super) async fn run(client: &mut Client, schema: &Schema, found: bool) -> Result<(), MigrateError> {
    loop {
        let transaction = client.transaction().await?;
        let lock = format!("chinwag migrations of {}", schema.as_str());
        transaction.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", &[&lock]).await?;
        let name = schema.as_str();
        let there =
            transaction.query_opt("SELECT 1 FROM pg_namespace WHERE nspname = $1", &[&name]).await?.is_some();
        if !there {
            transaction.batch_execute(&format!(r#"CREATE SCHEMA "{name}""#)).await?;
        }
        transaction.batch_execute(&format!(r#"SET search_path = "{name}""#)).await?;
        let (format, oldest) = format_of(&transaction).await?;
        if format == 0 && holds_something(&transaction, name).await? {
            return Err(MigrateError::Foreign);
        }
        if oldest > KNOWN {
            return Err(MigrateError::Newer { found: format, oldest });
        }
        let next = usize::try_from(format).ok().and_then(|format| MIGRATIONS.get(format));
        let Some(migration) = next else {
            transaction.commit().await?;
            return Ok(());
        };
        transaction.batch_execute(migration.sql).await?;
        if format == 0 && found {
            found_workspace(&transaction).await?;
        }
        for (key, value) in [("format", format + 1), ("oldest", migration.oldest)] {
            transaction
                .execute(
                    "INSERT INTO meta (key, value) VALUES ($1, $2)
                     ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    &[&key, &value.to_string()],
                )
                .await?;
        }
        transaction.commit().await?;
        tracing::info!(format = format + 1, "the database was brought to a new format");
    }
}

/// The format that there is, 0 for none, and the oldest that a version must know to work with it.
async fn format_of(transaction: &Transaction<'_>) -> Result<(i64, i64), Error> {
    let there =
        transaction.query_one("SELECT to_regclass('meta') IS NOT NULL", &[]).await?.try_get::<_, bool>(0)?;
    if !there {
        return Ok((0, 0));
    }
    let mut found = (0, 0);
    for row in transaction.query("SELECT key, value FROM meta WHERE key IN ('format', 'oldest')", &[]).await?
    {
        let number = row.try_get::<_, String>(1)?.parse().unwrap_or(i64::MAX);
        if row.try_get::<_, &str>(0)? == "format" { found.0 = number } else { found.1 = number }
    }
    Ok(found)
}

/// Whether there are tables in a schema.
async fn holds_something(transaction: &Transaction<'_>, schema: &str) -> Result<bool, Error> {
    let found = "SELECT 1 FROM pg_tables WHERE schemaname = $1 LIMIT 1";
    Ok(transaction.query_opt(found, &[&schema]).await?.is_some())
}

/// What a new installation starts with: its epoch, the workspace's stream, and the room where everybody lands.
async fn found_workspace(transaction: &Transaction<'_>) -> Result<(), Error> {
    let (workspace, room) = (StreamId(Uuid::now_v7()), StreamId(Uuid::now_v7()));
    let at = now().0;
    let epoch = super::identity::new_epoch().to_string();
    for (key, value) in
        [("epoch", epoch), ("workspace", workspace.0.to_string()), ("landing_room", room.0.to_string())]
    {
        transaction.execute("INSERT INTO meta (key, value) VALUES ($1, $2)", &[&key, &value]).await?;
    }
    for (stream, kind) in [(room, stream_kind::ROOM), (workspace, stream_kind::WORKSPACE)] {
        let kind = i16::try_from(kind).unwrap_or_default();
        transaction
            .execute(
                "INSERT INTO stream (id, kind, head, floor, last_at) VALUES ($1, $2, 1, 0, $3)",
                &[&stream.0, &kind, &at],
            )
            .await?;
        transaction
            .execute(
                "INSERT INTO change (stream, rev, kind, target) VALUES ($1, 1, $2, $3)",
                &[&stream.0, &(ChangeKind::Room as i16), &room.0],
            )
            .await?;
    }
    let (looks, sort_key, keys) = match RoomName::parse(LANDING_ROOM) {
        Ok(name) => (name.looks().to_vec(), name.sort_key(), name.search_keys()),
        Err(_) => (Vec::new(), String::new(), Vec::new()),
    };
    transaction
        .execute(
            "INSERT INTO room (id, name, sort_key, kind, at, rev, members) VALUES ($1, $2, $3, 0, $4, 1, 0)",
            &[&room.0, &LANDING_ROOM, &sort_key, &at],
        )
        .await?;
    transaction
        .execute(
            "INSERT INTO room_look (look, room) SELECT DISTINCT unnest($1::text[]), $2::uuid",
            &[&looks, &room.0],
        )
        .await?;
    transaction
        .execute(
            "INSERT INTO room_search (key, room) SELECT DISTINCT unnest($1::text[]), $2::uuid",
            &[&keys, &room.0],
        )
        .await?;
    // Nobody is called like those who are gone.
    let reserved: Vec<String> = [FORMER_MEMBER, FORMER_GUEST]
        .iter()
        .filter_map(|name| UserName::parse(name).ok())
        .flat_map(|name| name.looks().to_vec())
        .collect();
    transaction
        .execute(
            r#"INSERT INTO user_look (look, "user") SELECT DISTINCT unnest($1::text[]), $2::uuid"#,
            &[&reserved, &Uuid::nil()],
        )
        .await?;
    Ok(())
}
