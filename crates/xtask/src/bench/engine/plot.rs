//! The picture of the main figures in `bench/engine.svg`.

mod svg;

use std::fs;

use super::results::Results;
use super::servers::Contender;
use crate::paths;
use svg::Group;

/// What is drawn: job, field, and what it is called.
const GROUPS: &[(&str, &str, &str)] = &[
    ("one", "cpu_s_per_million", "CPU per delivery, 1,000 members, one message in flight"),
    ("full", "cpu_s_per_million", "CPU per delivery, 1,000 members, 32 messages in flight"),
    ("rate300", "p99_us", "p99 of delivery, 1,000 members, 300 messages/s"),
    ("rate20", "p99_us", "p99 of delivery, 500 members, 20 messages/s"),
    ("one-10000", "cpu_s_per_million", "CPU per delivery, 10,000 members, one message in flight"),
    ("full-10000", "cpu_s_per_million", "CPU per delivery, 10,000 members, 32 messages in flight"),
];

/// Whose bars are drawn; the ceiling is the line.
const BARS: &[Contender] = &[Contender::Chinwag, Contender::Socketioxide, Contender::Node];

/// The jobs that are drawn.
pub(super) fn jobs() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().map(|(job, ..)| *job)
}

/// Draws it anew.
pub(super) fn write(results: &Results) -> Result<(), String> {
    let groups = GROUPS.iter().map(|(job, field, title)| {
        let bar = |contender: &Contender| {
            let ratio = results.ratio(job, field, *contender, Contender::Ceiling)?;
            Some((contender.name(), ratio))
        };
        Group { title: (*title).to_owned(), bars: BARS.iter().filter_map(bar).collect() }
    });
    let groups: Vec<Group> = groups.filter(|group| !group.bars.is_empty()).collect();
    let names: Vec<&str> = BARS.iter().map(|contender| contender.name()).collect();
    let line =
        "1 is the least that such a server can do; less is better; each step to the right is twice as much";
    let drawn = svg::draw("Chinwag's Socket.IO engine beside its peers", line, &names, &groups);
    let path = paths::root().join("bench/engine.svg");
    fs::write(&path, drawn).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    println!("drawn: {}", path.display());
    Ok(())
}
