//! Tests that cannot be run here: they say so on their standard error, past what catches the output of tests that pass,
//! and `cargo xtask test` counts them as skipped. `#[ignore]` would not do, since it is decided when they are compiled.

use std::io::Write;

/// With this such a line begins; the test's name and a reason follow.
const MARK: &str = "left out of this run: ";

/// Says that the test on this thread is left out, and why. It is to return then.
pub fn say(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // In one piece and on a line of its own, whoever else writes. If it cannot be written there is nobody to tell.
    let _ = std::io::stderr().write_all(format!("\n{MARK}{test}: {why}\n").as_bytes());
}

/// What such lines in the output of tests say.
pub fn said_in(output: &str) -> impl Iterator<Item = &str> {
    output.lines().filter_map(|line| line.strip_prefix(MARK))
}
