use super::*;

#[test]
fn the_latest_failures_are_kept() {
    let mut kept = NO_FAILURES.to_owned();
    for number in 0..25 {
        kept = with_failure(failures(&kept), Millis(number), &format!("reason {number}\0")).unwrap();
    }
    let found = failures(&kept);
    assert_eq!(found.len(), JOB_FAILURES);
    assert_eq!(found[0], JobFailure { at: Millis(15), reason: "reason 15\0".into() });
    assert_eq!(found[JOB_FAILURES - 1].at, Millis(24));
    assert!(!kept.contains('\0'), "PostgreSQL would not take it");
}

#[test]
fn a_reason_is_cut_between_characters() {
    let kept = with_failure(Vec::new(), Millis(1), &"日".repeat(JOB_REASON_CHARS + 1)).unwrap();
    assert_eq!(failures(&kept)[0].reason, "日".repeat(JOB_REASON_CHARS));
}

#[test]
fn what_cannot_be_read_is_no_failure() {
    for text in ["", "[{}]", "{\"at\": 1}"] {
        assert_eq!(failures(text), []);
    }
}

#[test]
fn states_have_numbers() {
    for state in [JobState::Waiting, JobState::Leased, JobState::Dead] {
        assert_eq!(job_state(job_state_number(state)), state);
    }
}
