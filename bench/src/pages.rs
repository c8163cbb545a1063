//! Asks a running server for room pages and for `sync` of 100 changes, one after the other.

use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};

use crate::http::Http;
use crate::{Fault, percentile};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Where the server listens.
    #[arg(long)]
    address: String,
    /// The room.
    #[arg(long)]
    room: String,
    /// How often each is asked.
    #[arg(long, default_value_t = 2_000)]
    times: usize,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<(), Fault> {
    let mut http = Http::connect(&arguments.address).await?;
    let name = uuid::Uuid::new_v4().simple().to_string();
    let body = json!({"name": &name[..16], "password": "correct horse battery"});
    let account = http.ask("POST", "/api/v1/account", &body).await?;
    http.token = account["token"].as_str().map(str::to_owned);
    let room = &arguments.room;
    http.ask("PUT", &format!("/api/v1/rooms/{room}/members/me"), &Value::Null).await?;
    // The cursor must not be older than this membership, so it is made behind by 100 changes of one's own.
    let begin = http.ask("GET", &format!("/api/v1/rooms/{room}?limit=1"), &Value::Null).await?;
    let cursor = begin["cursor"].clone();
    for number in 0..100 {
        let message = json!({"text": format!("change {number}"), "nonce": uuid::Uuid::new_v4()});
        http.ask("POST", &format!("/api/v1/rooms/{room}/messages"), &message).await?;
    }
    let sync = json!({"cursors": {room: cursor}});
    let caught = http.ask("POST", "/api/v1/sync", &sync).await?;
    let changes = caught["streams"][room]["changes"].as_array().map_or(0, Vec::len);
    if changes != 100 {
        return Err(format!("sync of 100 changes answered {changes}").into());
    }
    let page_path = format!("/api/v1/rooms/{room}");
    let (mut pages, mut syncs) = (Vec::new(), Vec::new());
    for _ in 0..arguments.times {
        let start = Instant::now();
        http.ask("GET", &page_path, &Value::Null).await?;
        pages.push(micros(start));
        let start = Instant::now();
        http.ask("POST", "/api/v1/sync", &sync).await?;
        syncs.push(micros(start));
    }
    pages.sort_unstable();
    syncs.sort_unstable();
    println!(
        "{}",
        json!({
            "room": room,
            "page_p50_us": percentile(&pages, 0.5), "page_p99_us": percentile(&pages, 0.99),
            "sync_p50_us": percentile(&syncs, 0.5), "sync_p99_us": percentile(&syncs, 0.99),
        })
    );
    Ok(())
}

fn micros(start: Instant) -> u32 {
    u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX)
}
