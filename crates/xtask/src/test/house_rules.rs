//! Rules of the house that no other tool checks.

use crate::paths;
use crate::test::sources;

#[cfg(test)]
mod tests;

/// Where tests may start processes: these few files hold to the one list of programs.
const STARTERS: &[&str] = &["tests/src/process.rs", "tests/node/support/process.js"];

/// Everything that breaks a rule, a sentence each.
pub(crate) fn check() -> Result<Vec<String>, String> {
    let mut faults = Vec::new();
    let tests = paths::root().join("tests");
    for file in sources::under(&tests, "rs")?.into_iter().chain(sources::under(&tests, "js")?) {
        let shown = file.path.display().to_string();
        if !STARTERS.contains(&shown.as_str()) && starts_processes(&file.text) {
            faults.push(format!("{shown}: tests start programs through {} only", STARTERS.join(" and ")));
        }
    }
    for folder in ["crates", "tests", "bench", "examples"] {
        for file in sources::under(&paths::root().join(folder), "rs")? {
            if has_tests_inside(&file.text) {
                let shown = file.path.display();
                faults.push(format!("{shown}: tests are in a file of their own beside it, tests.rs"));
            }
        }
    }
    for folder in ["web", "tests/node", "examples", "bench"] {
        for file in sources::under(&paths::root().join(folder), "json")? {
            if file.path.ends_with("package-lock.json") && file.text.contains("\"resolved\": \"http") {
                faults.push(format!(
                    "{}: a lock file names packages and hashes, not where they were downloaded from",
                    file.path.display()
                ));
            }
        }
    }
    Ok(faults)
}

fn has_tests_inside(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with("mod tests {"))
}

fn starts_processes(text: &str) -> bool {
    ["Command::new", "node:child_process", "\"child_process\"", "'child_process'"]
        .iter()
        .any(|sign| text.contains(sign))
}
