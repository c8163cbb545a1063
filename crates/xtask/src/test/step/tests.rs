use super::*;

fn part(name: &str, script: &str) -> Part {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    Part { name: name.to_owned(), command }
}

fn step(script: &'static str, runner: Runner) -> Step {
    let make = Box::new(move || Ok(vec![part("step-test", script)]));
    let action = Action::Commands { make, runner, lanes: 1 };
    Step { name: "step-test", group: "", about: "", needs: &[], action }
}

fn outcome(script: &'static str, runner: Runner) -> (Counts, bool) {
    let logs = std::env::temp_dir().join(format!("chinwag-xtask-{}", std::process::id()));
    std::fs::create_dir_all(&logs).unwrap();
    let outcome = step(script, runner).run(&logs);
    std::fs::remove_dir_all(&logs).unwrap();
    (outcome.counts, outcome.failure.is_some())
}

#[test]
fn outcomes_are_counted() {
    // One test, since its steps share a log.
    let counts = |passed, failed| Counts { passed, failed, skipped: 0 };
    assert_eq!(outcome("exit 0", Runner::None), (counts(1, 0), false));
    assert_eq!(outcome("exit 1", Runner::None), (counts(0, 1), true));
    assert_eq!(outcome("echo 'ℹ pass 3'; exit 0", Runner::Node), (counts(3, 0), false));
    assert_eq!(outcome("echo 'ℹ pass 3'; exit 1", Runner::Node), (counts(3, 1), true));
    assert_eq!(outcome("exit 0", Runner::Cargo), (counts(0, 0), true));
}

#[test]
fn an_action_that_cannot_begin_is_a_failure() {
    let action =
        Action::Commands { make: Box::new(|| Err("no".to_owned())), runner: Runner::Cargo, lanes: 1 };
    let step = Step { name: "none", group: "", about: "", needs: &[], action };
    assert_eq!(step.run(&std::env::temp_dir()).failure.as_deref(), Some("no"));
}

#[test]
fn parts_run_side_by_side_and_all_of_them_count() {
    let logs = tempfile::tempdir().unwrap();
    let folder = logs.path().display().to_string();
    // Each waits for the other, for 10 s at most.
    let waits = |own: &str, other: &str, end: &str| {
        let script = format!(
            "cd {folder}; touch {own}; for i in $(seq 200); do test -e {other} && break; sleep 0.05; done;
             test -e {other} || exit 1; {end}"
        );
        part(own, &script)
    };
    let parts = vec![
        waits("one", "two", "echo 'test result: ok. 2 passed; 0 failed; 0 ignored'"),
        waits("two", "one", "echo 'test result: FAILED. 1 passed; 1 failed; 0 ignored'; exit 1"),
        part("three", "echo 'test result: ok. 4 passed; 0 failed; 0 ignored'"),
    ];
    let outcome = run_parts(parts, Runner::Cargo, 2, logs.path());
    assert_eq!(outcome.counts, Counts { passed: 7, failed: 1, skipped: 0 });
    assert!(outcome.failure.is_some_and(|failure| failure.contains("1 failed")));
}
