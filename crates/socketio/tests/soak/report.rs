//! What the test prints, and what it demands in the end.

use std::time::Duration;

use crate::child::Figures;
use crate::server::Told;
use crate::settings::Settings;
use crate::storm::Storm;
use crate::{ends, rude, way};

/// By how many bytes for each client what is allocated may have grown since the warm-up, and by how many whatever their
/// number: the engine's and tokio's tables keep room for as many as there once were, and the longer the storm the more there
/// once were. A leak grows with the number of lives instead, of which each client has a hundred in the long form.
const HEAP_EACH: u64 = 512;
const HEAP: u64 = MEBIBYTE;

/// The same for what is resident. The allocator keeps a part of what was needed at the worst moment, and more of it the
/// more the pieces are scattered; without a leak it comes to an end.
const RESIDENT_EACH: u64 = 16 << 10;
const RESIDENT: u64 = 16 * MEBIBYTE;

const MEBIBYTE: u64 = 1 << 20;

/// What else must have happened.
const ELSE: [&str; 16] = [
    "upgrades",
    "joinings",
    "joinings refused",
    "namespaces left",
    "rooms joined",
    "rooms left",
    "messages said",
    "messages heard",
    "events that were missed and came later",
    "questions to the server",
    "echoes",
    "questions to a client",
    "questions to a client, not answered",
    "questions to a room",
    "events rejected",
    "was told that it is slow",
];

pub(crate) fn progress(time: Duration, storm: &Storm, now: &Figures) {
    let happened = storm.happened();
    let count = |what| happened.get(what).copied().unwrap_or_default();
    println!(
        "{:>5} s: {} lives, {} messages heard; now {} connections, {} sockets, {} rooms, {} tasks, \
         {} descriptors, {} MiB allocated, {} MiB resident; slowest answer {} ms",
        time.as_secs(),
        count("polite clients") + count("rude clients"),
        count("messages heard"),
        now.told.connections,
        now.told.sockets,
        now.told.rooms,
        now.told.tasks,
        now.descriptors,
        now.told.heap / MEBIBYTE,
        now.memory / MEBIBYTE,
        storm.slowest(),
    );
}

pub(crate) fn happened(storm: &Storm) {
    for (what, count) in storm.happened() {
        println!("{count:>10}  {what}");
    }
}

pub(crate) fn figures(columns: &[(&str, Figures)]) {
    let row = |name: &str, value: &dyn Fn(&Figures) -> u64| {
        let values: String = columns.iter().map(|(_, column)| format!("{:>12}", value(column))).collect();
        println!("{name:<15}{values}");
    };
    let titles: String = columns.iter().map(|(title, _)| format!("{title:>12}")).collect();
    println!("{:<15}{titles}", "");
    row("connections", &|now| now.told.connections);
    row("sessions", &|now| now.told.sessions);
    row("sockets", &|now| now.told.sockets);
    row("rooms", &|now| now.told.rooms);
    row("namespaces", &|now| now.told.children);
    row("outbox bytes", &|now| now.told.outbox_bytes);
    row("tasks", &|now| now.told.tasks);
    row("descriptors", &|now| now.descriptors);
    row("allocated, KiB", &|now| now.told.heap / 1024);
    row("resident, KiB", &|now| now.memory / 1024);
    row("joined", &|now| now.told.joined);
    row("left", &|now| now.told.left);
}

/// Whether nobody is there and everything is as `before`; else what is not.
pub(crate) fn is_calm(before: &Figures, now: &Figures) -> Result<(), String> {
    let Told { connections, sessions, sockets, rooms, children, outbox_bytes, tasks, joined, left, .. } =
        now.told;
    let wanted = [
        ("connections", connections, 0),
        ("sessions", sessions, 0),
        ("sockets", sockets, 0),
        ("rooms", rooms, 0),
        ("namespaces of the pattern", children, 0),
        ("bytes in outboxes", outbox_bytes, 0),
        ("tasks", tasks, before.told.tasks),
        ("descriptors", now.descriptors, before.descriptors),
        ("sockets that have ended", left, joined),
    ];
    let differ: Vec<String> = wanted
        .iter()
        .filter(|(_, is, wanted)| is != wanted)
        .map(|(what, is, wanted)| format!("{is} {what} in place of {wanted}"))
        .collect();
    if differ.is_empty() { Ok(()) } else { Err(differ.join(", ")) }
}

pub(crate) fn check_memory(settings: Settings, warm: &Figures, last: &Figures) {
    let check = |what, warm: u64, last: u64, growth: u64| {
        let (was, is, may) = (warm / 1024, last / 1024, (warm + growth) / 1024);
        assert!(is <= may, "the {what} memory was {was} KiB after the warm-up, and is {is}: more than {may}");
    };
    check("allocated", warm.told.heap, last.told.heap, HEAP + HEAP_EACH * settings.clients);
    check("resident", warm.memory, last.memory, RESIDENT + RESIDENT_EACH * settings.clients);
}

/// A storm in which something did not happen says nothing about that.
pub(crate) fn check_that_all_happened(storm: &Storm) {
    let happened = storm.happened();
    let ways = way::WAYS.map(|(_, way)| way.name);
    let missing: Vec<&str> = ways
        .into_iter()
        .chain(ends::all())
        .chain(rude::ALL)
        .chain(ELSE)
        .filter(|what| !happened.contains_key(what))
        .collect();
    assert!(missing.is_empty(), "what did not happen: {}", missing.join("; "));
}
