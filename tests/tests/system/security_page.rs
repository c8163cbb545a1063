//! Keeps `docs/security.md` true: each requirement has its row, and the tests that it names are there.

use std::path::{Path, PathBuf};

/// Chapters 2, 3, 4 and 13 of ASVS 4.0.3, levels 1 and 2. What is not here was withdrawn or is of level 3.
const REQUIREMENTS: &str = "
    2.1.1 2.1.2 2.1.3 2.1.4 2.1.5 2.1.6 2.1.7 2.1.8 2.1.9 2.1.10 2.1.11 2.1.12
    2.2.1 2.2.2 2.2.3
    2.3.1 2.3.2 2.3.3
    2.4.1 2.4.2 2.4.3 2.4.4 2.4.5
    2.5.1 2.5.2 2.5.3 2.5.4 2.5.5 2.5.6 2.5.7
    2.6.1 2.6.2 2.6.3
    2.7.1 2.7.2 2.7.3 2.7.4 2.7.5 2.7.6
    2.8.1 2.8.2 2.8.3 2.8.4 2.8.5 2.8.6 2.8.7
    2.9.1 2.9.2 2.9.3
    2.10.1 2.10.2 2.10.3 2.10.4
    3.1.1
    3.2.1 3.2.2 3.2.3 3.2.4
    3.3.1 3.3.2 3.3.3 3.3.4
    3.4.1 3.4.2 3.4.3 3.4.4 3.4.5
    3.5.1 3.5.2 3.5.3
    3.7.1
    4.1.1 4.1.2 4.1.3 4.1.5
    4.2.1 4.2.2
    4.3.1 4.3.2 4.3.3
    13.1.1 13.1.3 13.1.4 13.1.5
    13.2.1 13.2.2 13.2.3 13.2.5 13.2.6
    13.3.1 13.3.2
    13.4.1 13.4.2";

const STATES: [&str; 4] = ["holds", "does not apply", "not yet", "differs"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn page() -> String {
    std::fs::read_to_string(root().join("docs/security.md")).unwrap()
}

/// The rows about requirements, cell by cell.
fn rows(page: &str) -> Vec<Vec<&str>> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows = rows.map(|row| row.split(" | ").map(str::trim).collect::<Vec<_>>());
    rows.filter(|cells| cells[0].split('.').all(|number| number.parse::<u8>().is_ok())).collect()
}

/// The tests that a text names, as `path#test` in backticks.
fn named(text: &str) -> Vec<(&str, &str)> {
    text.split('`').skip(1).step_by(2).filter_map(|name| name.split_once('#')).collect()
}

/// Whether a file has a test of this name, which is its title in JavaScript.
fn is_there(file: &str, name: &str) -> bool {
    let text = std::fs::read_to_string(root().join(file)).unwrap_or_default();
    let test = if file.ends_with(".js") { format!("test(\"{name}\"") } else { format!("fn {name}(") };
    text.contains(&test)
}

#[test]
fn every_requirement_has_one_row() {
    let page = page();
    let ids: Vec<&str> = rows(&page).into_iter().map(|cells| cells[0]).collect();
    assert_eq!(ids, REQUIREMENTS.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn every_row_says_how_it_is_and_what_holds_names_its_tests() {
    for cells in rows(&page()) {
        let [id, asks, state, why] = cells[..] else { panic!("a row has four cells: {cells:?}") };
        assert!(!asks.is_empty() && !why.is_empty(), "{id} says nothing");
        assert!(STATES.contains(&state), "{id} is {state:?}");
        assert!(state != "holds" || !named(why).is_empty(), "{id} holds, and no test is named");
    }
}

#[test]
fn every_test_that_is_named_is_there() {
    let page = page();
    let tests = named(&page);
    assert!(tests.len() > 50, "the names are read");
    for (file, name) in tests {
        assert!(is_there(file, name), "{file} has no test {name:?}");
    }
}
