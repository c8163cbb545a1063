//! Long histories: pages and catching up in rooms of very different length, starting, and memory at rest.

use crate::bench::folder::Folder;
use crate::bench::load::{self, Measured};
use crate::bench::table::{self, Line, thousands};
use crate::server::Server;

/// Times that pages are measured; the rooms take turns.
const ROUNDS: usize = 3;
/// Starts that are measured.
const STARTS: usize = 5;

/// Fills rooms, the longest with `messages`, and measures; in a PostgreSQL database, if there is one.
pub(super) fn measure(folder: &Folder, database: Option<&str>, messages: u64) -> Result<(), String> {
    let sizes = [messages / 1_000, messages / 10, messages].map(|size| size.max(1));
    let data = folder.fresh("history")?;
    println!("filling rooms with {} messages", sizes.map(|size| thousands(size as f64)).join(", "));
    let rooms = load::fill(&data, database, &sizes)?;
    let mut ready = Vec::new();
    let mut memory = Vec::new();
    for _ in 0..STARTS {
        let server = Server::start_with(&data, database)?;
        ready.push(server.ready_after.as_secs_f64());
        memory.push(server.resident_bytes()? as f64);
        server.stop()?;
    }
    let server = Server::start_with(&data, database)?;
    let mut measured: Vec<Vec<Measured>> = vec![Vec::new(); rooms.len()];
    for _ in 0..ROUNDS {
        for (room, measured) in rooms.iter().zip(&mut measured) {
            measured.push(load::pages(&server.address, room.text("room")?)?);
        }
    }
    let after = server.resident_bytes()? as f64;
    server.stop()?;

    let mut lines = Vec::new();
    for (name, what) in [("page_p50_us", "a room page, p50"), ("sync_p50_us", "sync of 100 changes, p50")] {
        let shortest = super::median_of(measured.first().into_iter().flatten(), name)?;
        for (size, measured) in sizes.iter().zip(&measured) {
            let micros = super::median_of(measured, name)?;
            let is_longest = *size == messages;
            lines.push(Line {
                figure: format!("{what}, room of {}", thousands(*size as f64)),
                ours: super::milliseconds(micros),
                other: super::milliseconds(shortest),
                ratio: Some(micros / shortest),
                target: if is_longest { "1.5" } else { "" },
                met: is_longest.then_some(micros <= 1.5 * shortest),
            });
        }
    }
    table::print(["figure", "this room", "shortest room", "target"], &lines);
    let (ready, memory) = (table::median(ready), table::median(memory));
    let all = thousands(sizes.iter().sum::<u64>() as f64);
    let line = |figure: String, ours: String, target, met| Line {
        figure,
        ours,
        other: String::new(),
        ratio: None,
        target,
        met: Some(met),
    };
    let lines = [
        line(
            format!("start to ready with {all} messages"),
            format!("{:.1} ms", ready * 1_000.0),
            "500 ms",
            ready < 0.5,
        ),
        line(
            format!("memory at rest with {all} messages"),
            format!("{:.1} MB", memory / 1e6),
            "40 MB",
            memory < 40e6,
        ),
        line(
            "memory after these pages were asked for".to_owned(),
            format!("{:.1} MB", after / 1e6),
            "40 MB",
            after < 40e6,
        ),
    ];
    table::print(["figure", "Chinwag", "", "target"], &lines);
    Ok(())
}
