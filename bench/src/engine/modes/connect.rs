//! Everybody comes in, and stays without a word but heartbeats.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::engine::broadcast::{Arguments, Gathering};

pub(in crate::engine) async fn measure(gathering: &Gathering, arguments: &Arguments) -> Value {
    let room = &gathering.room;
    let members = room.members as f64;
    let half = Duration::from_secs_f64(arguments.hold / 2.0);
    tokio::time::sleep(half).await;
    let (before, pings, begun) = (gathering.servers.cpu(), room.pings.get(), Instant::now());
    tokio::time::sleep(half).await;
    let (cpu, seconds) = ((gathering.servers.cpu() - before).total(), begun.elapsed().as_secs_f64());
    let pings = room.pings.get() - pings;
    let resident = gathering.servers.resident_kib();
    // Whoever is still there hears this, and nobody else's group does.
    room.groups().for_each(|_| room.post());
    gathering.drain().await;
    json!({
        "connects_per_s": (members / gathering.entry.as_secs_f64()).round(),
        "cpu_us_per_connect": gathering.entry_cpu * 1e6 / members,
        "hold_s": arguments.hold,
        "kib_per_connection": (resident - gathering.empty_kib) / members,
        "resident_kib": resident,
        "empty_kib": gathering.empty_kib,
        "heartbeats": pings,
        "heartbeat_cpu_ms_per_s": cpu * 1e3 / seconds,
        "cpu_us_per_heartbeat": cpu * 1e6 / pings as f64,
        "groups": room.groups().len(),
    })
}
