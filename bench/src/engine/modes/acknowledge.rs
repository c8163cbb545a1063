//! Events are acknowledged to somebody while messages go to everybody else, one after the other.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::engine::broadcast::{Arguments, Gathering};
use crate::engine::bystander::{Asked, Bystander};
use crate::{Fault, percentile};

#[cfg(test)]
mod tests;

/// Between a message that everybody has and the next.
const PAUSE: Duration = Duration::from_millis(20);
/// When the last has not heard a message for so long, it will not.
const STALL: Duration = Duration::from_secs(10);
/// How long messages go round before it counts.
const WARM_UP: Duration = Duration::from_secs(1);

pub(in crate::engine) async fn measure(gathering: &Gathering, arguments: &Arguments) -> Result<Value, Fault> {
    let room = &gathering.room;
    let bystander = Bystander::enter(gathering.address, room.clock(), room.members)?;
    let begun = Instant::now();
    let end = WARM_UP + Duration::from_secs_f64(arguments.seconds);
    while begun.elapsed() < end {
        if begun.elapsed() >= WARM_UP {
            room.record_from.set(room.record_from.get().min(room.sent.get()));
        }
        room.post();
        while room.completed.get() < room.sent.get() {
            if tokio::time::timeout(STALL, room.progress.notified()).await.is_err() {
                room.fault("nothing is heard any more", b"");
                break;
            }
        }
        if room.completed.get() < room.sent.get() {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    gathering.drain().await;
    let asked = bystander.leave()?;
    let fan_outs = room.completions.borrow();
    let meanwhile = during(&fan_outs, &asked);
    let mut whole: Vec<u32> = fan_outs.iter().map(|(sent, done)| micros(*sent, *done)).collect();
    whole.sort_unstable();
    let (median, p99) = (percentile(&whole, 0.5), percentile(&meanwhile, 0.99));
    Ok(json!({
        "fan_outs": whole.len(),
        "fan_out_p50_us": median,
        "fan_out_p99_us": percentile(&whole, 0.99),
        "asked": asked.len(),
        "asked_meanwhile": meanwhile.len(),
        "ack_p50_us": percentile(&meanwhile, 0.5),
        "ack_p99_us": p99,
        "ack_most_us": meanwhile.last(),
        "ack_p99_to_fan_out": f64::from(p99) / f64::from(median),
    }))
}

/// How long those took that were asked while a message was on its way, sorted. Both lists are in the order of time.
fn during(fan_outs: &[(u64, u64)], asked: &[Asked]) -> Vec<u32> {
    let mut running = fan_outs.iter().copied().peekable();
    let mut found = Vec::new();
    for Asked { at, answered } in asked {
        while running.next_if(|(_, done)| done <= at).is_some() {}
        if running.peek().is_some_and(|(sent, _)| sent <= at) {
            found.push(micros(*at, *answered));
        }
    }
    found.sort_unstable();
    found
}

/// Nanoseconds between two moments, in microseconds.
fn micros(from: u64, to: u64) -> u32 {
    (to.saturating_sub(from) / 1000) as u32
}
