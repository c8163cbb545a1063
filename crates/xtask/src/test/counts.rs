//! How many tests passed, failed and were skipped, as each runner tells it.

use std::fmt;
use std::ops::AddAssign;

use xtask::left_out;

#[cfg(test)]
mod tests;

/// Numbers of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Counts {
    /// One check, which passed or failed.
    pub(crate) fn one(passed: bool) -> Self {
        Self { passed: u64::from(passed), failed: u64::from(!passed), skipped: 0 }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Whose closing lines to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    /// Prints no numbers: the whole step is one check.
    None,
    /// `cargo test`: a line per test binary.
    Cargo,
    /// Node's own runner with its `spec` reporter.
    Node,
    /// vitest: one line `Tests  2 failed | 40 passed | 1 skipped (43)`.
    Vitest,
}

impl Runner {
    /// The numbers in `output`, the sum where there are several.
    pub(crate) fn read(self, output: &str) -> Counts {
        let mut counts = Counts::default();
        for line in output.lines().map(without_colours) {
            match self {
                Self::None => {}
                Self::Cargo => counts += line.strip_prefix("test result:").map(cargo).unwrap_or_default(),
                Self::Node => counts += line.strip_prefix("ℹ ").map(node).unwrap_or_default(),
                Self::Vitest => {
                    counts += line.trim_start().strip_prefix("Tests ").map(vitest).unwrap_or_default();
                }
            }
        }
        // To cargo these passed.
        let left_out = left_out::said_in(output).count() as u64;
        counts.passed = counts.passed.saturating_sub(left_out);
        counts.skipped += left_out;
        counts
    }
}

/// ` ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`
fn cargo(line: &str) -> Counts {
    let line = line.split_once('.').map_or("", |(_, numbers)| numbers);
    Counts {
        passed: before(line, ';', "passed"),
        failed: before(line, ';', "failed"),
        skipped: before(line, ';', "ignored"),
    }
}

/// `pass 3`
fn node(line: &str) -> Counts {
    let mut words = line.split_whitespace();
    let (word, number) = (words.next(), words.next().and_then(|number| number.parse().ok()).unwrap_or(0));
    match word {
        Some("pass") => Counts { passed: number, ..Counts::default() },
        Some("fail" | "cancelled") => Counts { failed: number, ..Counts::default() },
        Some("skipped" | "todo") => Counts { skipped: number, ..Counts::default() },
        _ => Counts::default(),
    }
}

/// `  2 failed | 40 passed | 1 skipped (43)`
fn vitest(line: &str) -> Counts {
    let line = line.split_once('(').map_or(line, |(numbers, _)| numbers);
    Counts {
        passed: before(line, '|', "passed"),
        failed: before(line, '|', "failed"),
        skipped: before(line, '|', "skipped") + before(line, '|', "todo"),
    }
}

/// The number in the part of `line` that ends with `word`.
fn before(line: &str, separator: char, word: &str) -> u64 {
    line.split(separator)
        .find_map(|part| part.trim().strip_suffix(word)?.trim().parse().ok())
        .unwrap_or_default()
}

fn without_colours(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, text)| text));
    }
    plain
}
