//! What failed tests have said, out of everything that a runner printed.

#[cfg(test)]
mod tests;

/// Of `cargo test`, which prints it after the tests of each binary; nothing if there is none, as when something does not
/// compile.
pub(crate) fn of_cargo(output: &str) -> Option<String> {
    let mut said = String::new();
    let mut inside = false;
    for line in output.lines() {
        inside |= line == "failures:";
        let ends = line.starts_with("test result: ");
        if inside || line.starts_with("error: ") {
            said.push_str(line);
            said.push('\n');
        }
        inside &= !ends;
    }
    said.contains("failures:").then_some(said)
}
