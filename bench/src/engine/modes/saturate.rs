//! So many messages are always on their way.

use std::cell::Cell;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::engine::broadcast::{Arguments, Gathering};
use crate::process::{Cpu, Processes};

/// Before it is measured: a server that has just taken everybody in is not at rest yet.
const REST: Duration = Duration::from_millis(500);
/// How long messages go round before it counts.
const WARM_UP: Duration = Duration::from_secs(1);
/// When nobody has heard anything for so long, nobody will.
const STALL: Duration = Duration::from_secs(5);

/// Everything that counts, at one moment.
struct Moment {
    at: Instant,
    deliveries: u64,
    reads: u64,
    servers: Cpu,
    own: Cpu,
}

impl Moment {
    fn now(gathering: &Gathering) -> Self {
        let room = &gathering.room;
        Self {
            at: Instant::now(),
            deliveries: room.deliveries.get(),
            reads: room.reads.get(),
            servers: gathering.servers.cpu(),
            own: Processes::own().cpu(),
        }
    }
}

pub(in crate::engine) async fn measure(gathering: &Gathering, arguments: &Arguments) -> Value {
    tokio::time::sleep(REST).await;
    let stop = Cell::new(false);
    let clock = async {
        tokio::time::sleep(WARM_UP).await;
        let before = Moment::now(gathering);
        tokio::time::sleep(Duration::from_secs_f64(arguments.seconds)).await;
        let after = Moment::now(gathering);
        stop.set(true);
        gathering.room.progress.notify_one();
        (before, after)
    };
    let ((before, after), ()) = tokio::join!(clock, keep_full(gathering, arguments.window, &stop));
    gathering.drain().await;
    let seconds = (after.at - before.at).as_secs_f64();
    let deliveries = (after.deliveries - before.deliveries) as f64;
    let (cpu, own) = (after.servers - before.servers, after.own - before.own);
    json!({
        "window": arguments.window,
        "deliveries_per_s": (deliveries / seconds).round(),
        "messages_per_s": (deliveries / seconds / gathering.room.members as f64).round(),
        "cpu_s_per_million": cpu.total() * 1e6 / deliveries,
        "user_s_per_million": cpu.user * 1e6 / deliveries,
        "system_s_per_million": cpu.system * 1e6 / deliveries,
        "server_cores": cpu.total() / seconds,
        "load_cores": own.total() / seconds,
        "frames_per_read": deliveries / (after.reads - before.reads) as f64,
        "resident_kib": gathering.servers.resident_kib(),
    })
}

/// Sends as soon as there is room in the window, until it is to stop or nothing comes any more.
async fn keep_full(gathering: &Gathering, window: u64, stop: &Cell<bool>) {
    let room = &gathering.room;
    while !stop.get() {
        let free = window.saturating_sub(room.sent.get() - room.completed.get());
        if free == 0 {
            if tokio::time::timeout(STALL, room.progress.notified()).await.is_err() {
                room.fault("nothing is heard any more", b"");
                break;
            }
            continue;
        }
        (0..free).for_each(|_| room.post());
        tokio::task::yield_now().await;
    }
}
