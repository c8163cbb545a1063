use super::*;

fn step(script: &'static str, runner: Runner) -> Step {
    let commands = move || {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Ok(vec![command])
    };
    let action = Action::Commands(Box::new(commands), runner);
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
    let action = Action::Commands(Box::new(|| Err("no".to_owned())), Runner::Cargo);
    let step = Step { name: "none", group: "", about: "", needs: &[], action };
    assert_eq!(step.run(&std::env::temp_dir()).failure.as_deref(), Some("no"));
}
