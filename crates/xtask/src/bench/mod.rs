//! `cargo xtask bench`: measurements. They print; they assert nothing.

mod cluster;
mod cores;
mod engine;
mod folder;
mod load;
mod login;
mod post;
mod program;
mod start;
mod table;

/// A measurement: its name, what it measures, how it is run with the arguments after its name.
type Bench = (&'static str, &'static str, fn(&[String]) -> Result<(), String>);

const BENCHES: &[Bench] = &[
    (
        "cluster",
        "[rounds=3] [seconds=5]: a room of 1,000 spread over one, two and three nodes, beside Node with its Redis adapter",
        cluster::main,
    ),
    (
        "engine",
        "[rounds=3] [seconds=4] [quick] [only=NAME,NAME] [plot]: the Socket.IO engine beside a bare server and its peers",
        engine::main,
    ),
    (
        "login",
        "[rounds=5] [seconds=10]: sign-ins per second, and what they do to the messages of others",
        login::main,
    ),
    (
        "post",
        "[--database postgres] [rounds=5] [seconds=4] [messages=1000000]: posting beside Node with Redis and bare SQLite; long histories",
        post::main,
    ),
    ("start", "[ROUNDS]: time to ready and resident memory of an empty server", start::main),
];

/// Runs the measurement named by the first of `arguments`.
pub(crate) fn main(arguments: &[String]) -> Result<(), String> {
    let Some((name, rest)) = arguments.split_first() else {
        return Err(format!("name one:\n{}", help()));
    };
    match BENCHES.iter().find(|(known, ..)| known == name) {
        Some((.., run)) => run(rest),
        None => Err(format!("there is no measurement \"{name}\". There are:\n{}", help())),
    }
}

/// For `--help`.
pub(crate) fn help() -> String {
    BENCHES.iter().map(|(name, about, _)| format!("  {name:<10} {about}\n")).collect()
}
