//! Yardsticks: what one synced commit costs here, and one fdatasync.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use rusqlite::{Connection, params};
use serde_json::json;
use uuid::Uuid;

use crate::{Fault, percentile};

const TEXT: &str =
    "The quick brown fox jumps over the lazy dog, and the dog, being lazy, lets it pass without a word";

/// Between two commits of the second row of figures: about what a round trip takes. A processor that has rested in between
/// is slower, and a server that waits for a client's next post has rested.
const REST: Duration = Duration::from_micros(100);

#[derive(Args)]
pub(crate) struct Arguments {
    /// A folder on the disk to be measured.
    #[arg(long)]
    folder: PathBuf,
    /// How many commits.
    #[arg(long, default_value_t = 5_000)]
    commits: usize,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Fault> {
    let folder = tempfile::tempdir_in(&arguments.folder)?;
    let mut sync = Vec::new();
    let mut file = File::create(folder.path().join("sync"))?;
    for _ in 0..1_000 {
        file.write_all(&[0; 512])?;
        let start = Instant::now();
        file.sync_data()?;
        sync.push(micros(start));
    }
    sync.sort_unstable();

    let connection = database(&folder.path().join("commit.db"))?;
    let room = Room { id: Uuid::now_v7(), author: Uuid::now_v7() };
    connection.execute("INSERT INTO stream VALUES (?, 0, 0)", [room.id.as_bytes()])?;
    let (mut commits, mut rested) = (Vec::new(), Vec::new());
    let mut seqs = 1..;
    for seq in seqs.by_ref().take(arguments.commits) {
        commits.push(commit(&connection, &room, seq)?);
    }
    for seq in seqs.take(arguments.commits) {
        std::thread::park_timeout(REST);
        rested.push(commit(&connection, &room, seq)?);
    }
    commits.sort_unstable();
    rested.sort_unstable();
    println!(
        "{}",
        json!({
            "fdatasync_p50_us": percentile(&sync, 0.5), "fdatasync_p99_us": percentile(&sync, 0.99),
            "commit_p50_us": percentile(&commits, 0.5), "commit_p99_us": percentile(&commits, 0.99),
            "rested_commit_p50_us": percentile(&rested, 0.5), "rested_commit_p99_us": percentile(&rested, 0.99),
        })
    );
    Ok(())
}

struct Room {
    id: Uuid,
    author: Uuid,
}

/// A database with the tables that a message is written to.
fn database(path: &Path) -> Result<Connection, Fault> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.execute_batch(
        "CREATE TABLE stream (id BLOB PRIMARY KEY, head INTEGER, last_at INTEGER) WITHOUT ROWID;
         CREATE TABLE change (stream BLOB, rev INTEGER, kind INTEGER, target ANY, PRIMARY KEY (stream, rev)) WITHOUT ROWID;
         CREATE TABLE message (room BLOB, seq INTEGER, rev INTEGER, kind INTEGER, author BLOB, about BLOB, at INTEGER,
           edited_at INTEGER, deleted_at INTEGER, text TEXT, PRIMARY KEY (room, seq)) WITHOUT ROWID;
         CREATE TABLE nonce_log (id INTEGER PRIMARY KEY, key BLOB, digest BLOB, rev INTEGER, target BLOB);",
    )?;
    Ok(connection)
}

/// Writes the rows of one message in a synced transaction, and tells how many microseconds that took.
fn commit(connection: &Connection, room: &Room, seq: i64) -> Result<u32, Fault> {
    let nonce = Uuid::new_v4();
    let start = Instant::now();
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    connection
        .prepare_cached(
            "INSERT INTO message (room, seq, rev, kind, author, at, text) VALUES (?1, ?2, ?2, 0, ?3, ?2, ?4)",
        )?
        .execute(params![room.id.as_bytes(), seq, room.author.as_bytes(), TEXT])?;
    connection
        .prepare_cached("INSERT INTO change VALUES (?, ?, 1, ?2)")?
        .execute(params![room.id.as_bytes(), seq])?;
    connection
        .prepare_cached("INSERT INTO nonce_log (key, digest, rev) VALUES (?, ?, ?)")?
        .execute(params![nonce.as_bytes(), &nonce.as_bytes()[..8], seq])?;
    connection
        .prepare_cached("UPDATE stream SET head = ?, last_at = ?1 WHERE id = ?")?
        .execute(params![seq, room.id.as_bytes()])?;
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(micros(start))
}

fn micros(start: Instant) -> u32 {
    u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX)
}
