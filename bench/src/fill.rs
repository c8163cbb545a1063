//! Fills a data folder, or a database, with a room of many messages, through the store itself.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use chinwag_model::{MessageText, Nonce, Role, RoomId, RoomName, UserId, UserName};
use chinwag_store::postgres::{self, PostgresStore};
use chinwag_store::sqlite::{self, SqliteStore};
use chinwag_store::{Entry, NamedKind, NewRoom, NewUser, Once, Post, Store};
use clap::Args;
use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::Fault;

/// How many posts wait at once: enough for full batches.
const AT_ONCE: usize = 512;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The data folder, of which no server is running.
    #[arg(long, required_unless_present = "database")]
    data: Option<PathBuf>,
    /// The PostgreSQL database, in place of a data folder.
    #[arg(long, conflicts_with = "data")]
    database: Option<String>,
    /// How many messages for each room; may be given several times.
    #[arg(long, required = true)]
    messages: Vec<u64>,
    /// A hash for the password of the account that is made, in PHC form.
    #[arg(long, default_value = "")]
    password_hash: String,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<(), Fault> {
    let store = open(arguments).await?;
    let filler = store
        .create_user(NewUser {
            id: UserId(Uuid::now_v7()),
            name: UserName::parse(&format!("filler {}", &Uuid::new_v4().simple().to_string()[..8]))?,
            password_hash: Some(arguments.password_hash.clone()),
            identity: None,
            role: Role::Member,
            entry: Entry::Free,
            session: None,
        })
        .await?;
    for messages in &arguments.messages {
        let room = NewRoom {
            id: RoomId(Uuid::now_v7()),
            name: RoomName::parse(&format!(
                "{messages} messages {}",
                &Uuid::new_v4().simple().to_string()[..6]
            ))?,
            kind: NamedKind::Open,
            maker: filler.id,
        };
        let room = store.create_room(room, None).await?.room.id;
        let start = Instant::now();
        fill(&store, room, filler.id, *messages).await?;
        println!("{}", json!({"room": room, "messages": messages, "seconds": start.elapsed().as_secs_f64()}));
    }
    store.close().await;
    Ok(())
}

async fn open(arguments: &Arguments) -> Result<Arc<dyn Store>, Fault> {
    match (&arguments.data, &arguments.database) {
        (Some(folder), _) => Ok(SqliteStore::open(folder, &sqlite::Options::default())?),
        (None, Some(url)) => {
            let options = postgres::Options::new(url.parse()?);
            Ok(PostgresStore::open(&options).await?)
        }
        (None, None) => Err("there is neither a folder nor a database".into()),
    }
}

async fn fill(store: &Arc<dyn Store>, room: RoomId, author: UserId, messages: u64) -> Result<(), Fault> {
    let mut posts = JoinSet::new();
    for number in 0..messages {
        if posts.len() >= AT_ONCE
            && let Some(posted) = posts.join_next().await
        {
            posted??;
        }
        let text =
            format!("Message {number} of {messages}, about as long as people write when they chat in a room");
        let text = MessageText::parse(text)?;
        let nonce = Nonce::parse(Uuid::new_v4().to_string())?;
        let once = Once::new(nonce, &[b"message:send", text.as_str().as_bytes()]);
        let store = Arc::clone(store);
        posts.spawn(async move { store.post(Post { room, author, text, once }).await });
        if number % 10_000 == 0 {
            progress(number, messages)?;
        }
    }
    while let Some(posted) = posts.join_next().await {
        posted??;
    }
    progress(messages, messages)
}

/// Shows how far it is, to people.
fn progress(done: u64, all: u64) -> Result<(), Fault> {
    const WIDTH: u64 = 40;
    let mut terminal = std::io::stderr();
    if terminal.is_terminal() {
        let full = (done * WIDTH / all.max(1)) as usize;
        write!(terminal, "\r[{:<40}] {done} of {all}", "#".repeat(full))?;
        if done == all {
            writeln!(terminal)?;
        }
        terminal.flush()?;
    }
    Ok(())
}
