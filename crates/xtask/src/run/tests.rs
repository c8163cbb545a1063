use super::*;
use std::time::Instant;

fn log(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("chinwag-xtask-{name}-{}", std::process::id()))
}

#[test]
fn output_and_success_are_told() {
    let log = log("told");
    let mut command = Command::new("sh");
    let run = logged(command.args(["-c", "echo out; echo err >&2; exit 3"]), &log, Duration::from_secs(30))
        .unwrap();
    std::fs::remove_file(&log).unwrap();
    assert!(!run.success);
    assert!(run.output.contains("out") && run.output.contains("err"), "{}", run.output);
    assert!(run.reason.contains('3'), "{}", run.reason);
}

#[test]
fn a_command_over_its_limit_is_killed_with_its_children() {
    let log = log("limit");
    let begun = Instant::now();
    let mut command = Command::new("sh");
    let run = logged(command.args(["-c", "sleep 60 & sleep 60"]), &log, Duration::from_millis(300)).unwrap();
    std::fs::remove_file(&log).unwrap();
    assert!(!run.success);
    assert!(run.reason.contains("stopped after"), "{}", run.reason);
    assert!(begun.elapsed() < Duration::from_secs(30));
}
