//! Measures how many envelopes one node gets to another through Redis, and what each costs the processor.
//!
//! `cargo run --release --package chinwag-live --example publish` starts a Redis server of its own.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chinwag_live::redis::{Options, RedisLive};
use chinwag_live::{Delivery, Envelope, FanOut};
use chinwag_model::{Rev, StreamId};
use tokio::sync::mpsc;
use xtask::Redis;

/// How many envelopes are published.
const COUNT: u64 = 300_000;
/// How many of them may be under way, so that none is lost.
const UNDER_WAY: u64 = 2_000;
/// About what a message of a few words takes.
const BYTES: usize = 400;

type Failed = Box<dyn std::error::Error>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Failed> {
    let redis = Redis::start()?;
    let options = Options::new(redis.url().parse()?);
    let (one, other) = (RedisLive::open(&options)?, RedisLive::open(&options)?);
    for live in [&one, &other] {
        live.suspect().wait_for(|suspect| !suspect).await?;
    }
    let room = StreamId(uuid::Uuid::now_v7());
    other.subscribe(room).await?;
    let own = one.take_inbox().ok_or("the inbox is taken")?;
    let heard = other.take_inbox().ok_or("the inbox is taken")?;

    let quiet = latency(&one, room, heard).await?;
    let heard = quiet.1;
    println!("one at a time: {:.0} µs from one node to the other", quiet.0.as_secs_f64() * 1e6);

    let processes = [std::process::id(), redis.id()?];
    let before = processes.map(cpu_ticks);
    let begun = Instant::now();
    let seconds = throughput(one, room, own, heard, begun).await?.as_secs_f64();
    let [nodes, server] = [0, 1].map(|index| {
        let ticks = cpu_ticks(*processes.get(index)?)?.checked_sub((*before.get(index)?)?)?;
        // A tick is a hundredth of a second on Linux.
        Some(ticks as f64 * 10_000.0 / COUNT as f64)
    });
    println!("at full speed: {:.0} envelopes a second", COUNT as f64 / seconds);
    println!(
        "processor time of each: {:.1} µs of both nodes, {:.1} µs of Redis",
        nodes.ok_or("no processor time")?,
        server.ok_or("no processor time")?
    );
    Ok(())
}

fn change(stream: StreamId, rev: u64) -> Delivery {
    let payload = Bytes::from(vec![b' '; BYTES]);
    let (from, through) = (Rev(rev.saturating_sub(1)), Rev(rev));
    Delivery::Changes(Arc::new(Envelope {
        stream,
        epoch: None,
        from,
        through,
        left: vec![],
        moved: false,
        payload,
    }))
}

/// The mean time of a thousand envelopes, each published when the one before has come.
async fn latency(
    one: &RedisLive,
    room: StreamId,
    mut heard: mpsc::Receiver<Delivery>,
) -> Result<(Duration, mpsc::Receiver<Delivery>), Failed> {
    const TIMES: u32 = 1_000;
    let begun = Instant::now();
    for rev in 1..=TIMES {
        one.publish(change(room, rev.into())).await?;
        loop {
            if matches!(heard.recv().await.ok_or("nothing is heard")?, Delivery::Changes(_)) {
                break;
            }
        }
    }
    Ok((begun.elapsed() / TIMES, heard))
}

/// How long all of them take.
async fn throughput(
    one: Arc<RedisLive>,
    room: StreamId,
    mut own: mpsc::Receiver<Delivery>,
    mut heard: mpsc::Receiver<Delivery>,
    begun: Instant,
) -> Result<Duration, Failed> {
    let room_left = Arc::new(tokio::sync::Semaphore::new(usize::try_from(UNDER_WAY)?));
    let freed = Arc::clone(&room_left);
    let own_read = tokio::spawn(async move { while own.recv().await.is_some() {} });
    let publishing = tokio::spawn(async move {
        for rev in 1..=COUNT {
            let Ok(permit) = room_left.acquire().await else { break };
            permit.forget();
            if one.publish(change(room, rev)).await.is_err() {
                break;
            }
        }
        // What waits to be published goes with the node.
        one
    });
    let mut count = 0;
    while count < COUNT {
        if matches!(heard.recv().await.ok_or("nothing is heard")?, Delivery::Changes(_)) {
            count += 1;
            freed.add_permits(1);
        }
    }
    let elapsed = begun.elapsed();
    drop(publishing.await?);
    own_read.abort();
    Ok(elapsed)
}

/// User and system time of a process so far, in ticks.
fn cpu_ticks(id: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11).map_while(|field| field.parse::<u64>().ok());
    Some(times.next()? + times.next()?)
}
