//! Rules of the house that no other tool checks.

use crate::paths;
use crate::test::sources;

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

fn starts_processes(text: &str) -> bool {
    ["Command::new", "node:child_process", "\"child_process\"", "'child_process'"]
        .iter()
        .any(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::starts_processes;

    #[test]
    fn starting_a_process_is_seen_in_both_languages() {
        assert!(starts_processes("let child = std::process::Command::new(\"redis-server\")"));
        assert!(starts_processes("import { spawn } from \"node:child_process\";"));
        assert!(!starts_processes("let command = programs::command(\"chromium\")?;"));
    }
}
