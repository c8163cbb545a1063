//! So many messages per second, however long they take.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::engine::broadcast::{Arguments, Gathering};
use crate::percentile;
use crate::process::Processes;

/// Before it is measured: a server that has just taken everybody in is not at rest yet.
const REST: Duration = Duration::from_millis(500);

pub(in crate::engine) async fn measure(gathering: &Gathering, arguments: &Arguments) -> Value {
    let room = &gathering.room;
    let rate = arguments.rate;
    tokio::time::sleep(REST).await;
    // The first second does not count.
    let warm_up = rate.ceil() as u64;
    let total = warm_up + ((rate * arguments.seconds) as u64).max(1);
    let measured = || (gathering.servers.cpu(), Processes::own().cpu(), Instant::now());
    let mut before = measured();
    let start = tokio::time::Instant::now();
    for message in 0..total {
        tokio::time::sleep_until(start + Duration::from_secs_f64(message as f64 / rate)).await;
        if message == warm_up {
            room.record_from.set(message);
            before = measured();
        }
        room.post();
    }
    tokio::time::sleep(Duration::from_secs_f64(1.0 / rate)).await;
    let after = measured();
    gathering.drain().await;
    let seconds = (after.2 - before.2).as_secs_f64();
    let (cpu, own) = (after.0 - before.0, after.1 - before.1);
    let mut latencies = room.latencies.borrow_mut();
    latencies.sort_unstable();
    let last = room.completions.borrow();
    let mut last: Vec<u32> =
        last.iter().map(|(sent, done)| (done.saturating_sub(*sent) / 1000) as u32).collect();
    last.sort_unstable();
    let deliveries = latencies.len() as f64;
    json!({
        "rate": rate,
        "p50_us": percentile(&latencies, 0.5),
        "p99_us": percentile(&latencies, 0.99),
        "most_us": latencies.last(),
        "last_p50_us": percentile(&last, 0.5),
        "last_p99_us": percentile(&last, 0.99),
        "cpu_s_per_million": cpu.total() * 1e6 / deliveries,
        "server_cores": cpu.total() / seconds,
        "load_cores": own.total() / seconds,
    })
}
