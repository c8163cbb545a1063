//! What happens to the PostgreSQL server, and how it is reached: each test has one of its own.

mod advice;
mod epochs;
mod hosts;
mod maintenance;
mod neighbours;
mod opening;
mod outages;
mod posting;
mod reading;
mod trust;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::time::{Duration, Instant};

use chinwag_store::Posted;
use chinwag_store::postgres::{Options, PostgresStore};
use tokio_postgres::{Client, NoTls};
use xtask::Postgres;

use crate::suite::Subject;

/// How long something may take that heals by itself.
const DEADLINE: Duration = Duration::from_secs(30);

fn options(url: &str) -> Options {
    Options::new(url.parse().unwrap())
}

async fn node(server: &Postgres) -> Subject {
    Subject::new(PostgresStore::open(&options(&server.url())).await.unwrap())
}

/// The superuser's URL of a database.
/// Where a database of the server is, for programs of PostgreSQL.
fn at(server: &Postgres, database: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{}/{database}", server.port())
}

/// A connection of somebody who may do everything there.
async fn superuser(server: &Postgres) -> Client {
    let (client, connection) = tokio_postgres::connect(&server.superuser_url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Posts with this nonce until it is stored.
async fn insist(
    subject: &Subject,
    room: chinwag_model::RoomId,
    author: &chinwag_model::User,
    nonce: &str,
) -> Posted {
    let begun = Instant::now();
    loop {
        match subject.try_post(room, author, nonce, nonce).await {
            Ok(posted) => return posted,
            Err(error) => assert!(begun.elapsed() < DEADLINE, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Writes a file as the server must find it.
fn give(data: &Path, file: &Path, content: &str, mode: u32) {
    fs::write(file, content).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
    let owner = fs::metadata(data).unwrap();
    chown(file, Some(owner.uid()), Some(owner.gid())).unwrap();
}
