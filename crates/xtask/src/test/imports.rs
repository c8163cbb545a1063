//! Who may import whom (docs/architecture.md), read from `cargo metadata` and from the sources.

use std::path::Path;

use serde_json::Value;

use crate::commands;
use crate::paths;
use crate::run;
use crate::test::sources;

#[cfg(test)]
mod tests;

/// All of ours, for whoever puts them together.
const ALL: &[&str] = &[
    "chinwag-model",
    "chinwag-socketio",
    "chinwag-socketio-redis",
    "chinwag-client",
    "chinwag-store",
    "chinwag-live",
    "chinwag-jobs",
    "chinwag-providers",
    "chinwag-server",
    "chinwag-checker",
    "chinwag-test-disk",
    "xtask",
];

/// Each package of the workspace and those of the workspace that it may depend on.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("chinwag-model", &[]),
    ("chinwag-socketio", &[]),
    ("chinwag-socketio-redis", &["chinwag-socketio"]),
    ("chinwag-client", &[]),
    ("chinwag-providers", &[]),
    ("chinwag-store", &["chinwag-model"]),
    ("chinwag-live", &["chinwag-model"]),
    // The table is the store's: what is asked for in a transaction stands there.
    ("chinwag-jobs", &["chinwag-model", "chinwag-store"]),
    (
        "chinwag-server",
        &[
            "chinwag-model",
            "chinwag-socketio",
            "chinwag-client",
            "chinwag-store",
            "chinwag-live",
            "chinwag-jobs",
            "chinwag-providers",
        ],
    ),
    ("chinwag", ALL),
    ("xtask", &[]),
    ("chinwag-checker", &[]),
    ("chinwag-test-disk", &[]),
    ("chinwag-test-faults", &[]),
    ("chinwag-tests", ALL),
    ("chinwag-bench", ALL),
];

/// What the tests of every package may use.
const FOR_TESTS: &[&str] = &["xtask"];

/// What the pure packages must not depend on: I/O, async, a clock.
const NOT_PURE: &[&str] = &["tokio", "axum", "hyper", "rusqlite", "futures-util", "async-trait", "rustix"];

/// The back ends, which only `chinwag` names: a crate and its modules.
const BACK_ENDS: &[(&str, &[&str])] =
    &[("chinwag_store", &["sqlite"]), ("chinwag_live", &["memory", "redis"]), ("chinwag_jobs", &["amqp"])];

/// Everything that breaks the rule, a sentence each.
pub(crate) fn check() -> Result<Vec<String>, String> {
    let mut cargo = commands::cargo(["metadata", "--format-version", "1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&run::captured(&mut cargo)?)
        .map_err(|error| format!("cargo metadata printed no JSON: {error}"))?;
    let mut faults = dependencies(&metadata);
    for file in sources::under(&paths::root().join("crates/server/src"), "rs")? {
        // The server's own unit tests may choose a back end to run on.
        if !file.path.ends_with("tests.rs") && !file.path.iter().any(|part| part == "tests") {
            faults.extend(back_ends(&file.path, &file.text));
        }
    }
    Ok(faults)
}

fn dependencies(metadata: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for package in list(metadata, "packages") {
        let name = text(package, "name");
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(package, _)| *package == name) else {
            faults.push(format!(
                "{name} is not in the table of who may import whom (crates/xtask/src/test/imports.rs)"
            ));
            continue;
        };
        for dependency in list(package, "dependencies") {
            let other = text(dependency, "name");
            let for_use = dependency.get("kind").is_none_or(Value::is_null);
            let for_tests = text(dependency, "kind") == "dev" && FOR_TESTS.contains(&other);
            if dependency.get("path").is_some() && !allowed.contains(&other) && !for_tests {
                faults.push(format!("{name} must not depend on {other}"));
            }
            if name == "chinwag-model" && for_use && NOT_PURE.contains(&other) {
                faults.push(format!("{name} is pure: it must not depend on {other}"));
            }
        }
    }
    faults
}

/// The places in `source` that name a back end.
fn back_ends(path: &Path, source: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, modules) in BACK_ENDS {
        for (line, path_text) in uses(source, name) {
            for module in *modules {
                if path_text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == *module) {
                    faults.push(format!(
                        "{}:{line}: the server names the back end {name}::{module}; only crates/chinwag may",
                        path.display()
                    ));
                }
            }
        }
    }
    faults
}

/// Each path in `source` that begins with the crate `name`: its line and what follows, groups in braces included.
fn uses<'a>(source: &'a str, name: &str) -> Vec<(usize, &'a str)> {
    let code_at = |at: usize| {
        let line = source.get(..at).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
        !line.trim_start().starts_with("//")
    };
    source
        .match_indices(name)
        .filter(|(at, _)| code_at(*at))
        .filter_map(|(at, _)| {
            let line = source.get(..at)?.matches('\n').count() + 1;
            Some((line, path(source.get(at + name.len()..)?)))
        })
        .collect()
}

/// The path at the beginning of `text`: `::a::b` or `::{a::b, c}`.
fn path(text: &str) -> &str {
    let mut depth = 0_u32;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' | '_' => continue,
            other if other.is_alphanumeric() || depth > 0 => continue,
            _ => return text.get(..at).unwrap_or_default(),
        }
    }
    text
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
