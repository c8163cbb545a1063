//! Keeps `COVERAGE.md` true: its counts, and that the tests which it names are there.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

const STATES: [&str; 4] = ["covered", "does not apply", "differs on purpose", "not yet"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The cells of a row of a table; `None` for other lines.
fn cells(line: &str) -> Option<Vec<&str>> {
    let row = line.strip_prefix("| ")?.strip_suffix(" |")?;
    Some(row.split(" | ").map(str::trim).collect())
}

/// The tests that a text names, as `folder/file#name` in backticks.
fn named(text: &str) -> Vec<(&str, &str)> {
    text.split('`').skip(1).step_by(2).filter_map(|name| name.split_once('#')).collect()
}

/// Where a file is that is named in short.
fn path(file: &str) -> PathBuf {
    match file.split_once('/') {
        Some((folder @ ("suite" | "memory"), file)) => root().join("tests").join(folder).join(file),
        Some(("node", file)) => root().join("../../tests/node/clients").join(file),
        _ => root().join(file),
    }
}

/// Whether a file has a test of this name, which is its title where tests have titles.
fn is_there(file: &str, name: &str) -> bool {
    let text = std::fs::read_to_string(path(file)).unwrap_or_default();
    if file.ends_with(".js") {
        return text.lines().any(|line| line.contains("test(`") && line.contains(name));
    }
    let function = format!("fn {name}(");
    let mut before: Vec<&str> = Vec::new();
    for line in text.lines() {
        if line.trim_start().trim_start_matches("async ").starts_with(&function) {
            return before.iter().rev().any(|line| line.starts_with("#[tokio::test") || *line == "#[test]");
        }
        // What stands between a function and what is before it are attributes and comments.
        match line.trim() {
            line if line.starts_with("#[") || line.starts_with("//") => before.push(line),
            _ => before.clear(),
        }
    }
    false
}

fn text() -> String {
    std::fs::read_to_string(root().join("COVERAGE.md")).unwrap()
}

#[test]
fn the_counts_are_true() {
    let text = text();
    let mut files: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut told: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut seen = HashSet::new();
    for row in text.lines().filter_map(cells) {
        match row[..] {
            [place, _, state, _] if place.contains(':') => {
                let (file, line) = place.split_once(':').unwrap();
                assert!(
                    line.parse::<u32>().is_ok() && seen.insert(place),
                    "{place} is no place, or is there twice"
                );
                let state = STATES.iter().position(|known| *known == state);
                files.entry(file).or_default()[state.unwrap_or_else(|| panic!("the state of {place}"))] += 1;
            }
            [file, ref counts @ ..]
                if counts.len() == 5 && counts.iter().all(|count| count.parse::<usize>().is_ok()) =>
            {
                told.insert(file, counts.iter().map(|count| count.parse().unwrap()).collect());
            }
            _ => {}
        }
    }
    let with_sum = |counts: [usize; 4]| [&counts[..], &[counts.iter().sum()]].concat();
    let mut expected: BTreeMap<&str, Vec<usize>> =
        files.iter().map(|(file, counts)| (*file, with_sum(*counts))).collect();
    let all = files.values().fold([0; 4], |all, counts| std::array::from_fn(|at| all[at] + counts[at]));
    expected.insert("together", with_sum(all));
    assert_eq!(told, expected);
    assert!(all.iter().sum::<usize>() > 300, "the tables are read");
}

#[test]
fn every_test_that_is_named_is_there() {
    let text = text();
    let mut count = 0;
    for line in text.lines() {
        let tests = named(line);
        let row = cells(line).unwrap_or_default();
        let needs = matches!(row[..], [_, _, "covered" | "differs on purpose", _]) || row.len() == 2;
        let heading = line.starts_with("| fault") || line.starts_with("| ---") || line.starts_with("| test");
        assert!(!tests.is_empty() || !needs || heading, "no test is named: {line}");
        for (file, name) in tests {
            assert!(is_there(file, name), "{file} has no test {name}: {line}");
            count += 1;
        }
    }
    assert!(count > 300, "the tables are read");
}

/// The numbers in a text, such as 23 and 1 in `23 passing, 1 pending`.
fn numbers(text: &str) -> Vec<usize> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
}

/// As many rows as README.md says that each suite has tests, one after the other, and each with a test of ours.
#[test]
fn the_official_suites_are_covered_in_full() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let text = text();
    let mut suites = 0;
    for row in readme.lines().filter_map(cells) {
        let [suite, result] = row[..] else { continue };
        let Some(suite) = suite.strip_prefix("`docs/").and_then(|suite| suite.strip_suffix('`')) else {
            continue;
        };
        let place = format!("{suite}/test-suite.js:");
        let rows: Vec<_> = text.lines().filter_map(cells).filter(|row| row[0].starts_with(&place)).collect();
        assert_eq!(rows.len(), numbers(result).iter().sum::<usize>(), "{suite}");
        let lines: Vec<u32> =
            rows.iter().map(|row| row[0].strip_prefix(&place).unwrap().parse().unwrap()).collect();
        assert!(lines.is_sorted_by(|before, after| before < after), "{suite}: {lines:?}");
        for row in rows {
            assert_eq!((row.len(), row[2]), (4, "covered"), "{}", row[0]);
            assert!(row[3].contains("`suite/"), "{} has no test in Rust", row[0]);
        }
        suites += 1;
    }
    assert_eq!(suites, 3, "the suites are found in README.md");
}
