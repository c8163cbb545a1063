use chinwag_model::Millis;
use chinwag_store::{JobFailure, JobId};

use super::page;
use crate::control::{ListedJob, ShownBody, State};

fn job(state: State) -> ListedJob {
    ListedJob {
        id: JobId("01890000-0000-7000-8000-000000000001".parse().unwrap()),
        kind: "test.kind".to_owned(),
        form: 2,
        state,
        asked_at: Millis(1_795_219_200_000),
        at: Millis(1_795_219_200_000 + 3_600_000),
        tries: 1,
        most_tries: 3,
    }
}

fn body(text: &str) -> ShownBody {
    ShownBody { bytes: text.len(), text: Some(text.to_owned()) }
}

#[test]
fn everything_about_a_job_is_shown() {
    let failures = [
        JobFailure { at: Millis(1_795_219_200_000 + 60_000), reason: "the disk\nis full".to_owned() },
        JobFailure { at: Millis(1_795_219_200_000 + 120_000), reason: "red \u{1b}[31m".to_owned() },
    ];
    let expected = "\
id:         01890000-0000-7000-8000-000000000001
kind:       test.kind, version 2 of its body
state:      dead, given up 2026-11-21 01:00 UTC
tries:      1 of 3
asked for:  2026-11-21 00:00 UTC
failures:   2, the latest last
  2026-11-21 00:01 UTC  the disk is full
  2026-11-21 00:02 UTC  red \u{fffd}[31m
body:       7 bytes
  {
   \"a\"}
";
    assert_eq!(page(&job(State::Dead), &body("{\n \"a\"}"), &failures), expected);
}

#[test]
fn what_is_not_shown_is_told() {
    let cut = page(&job(State::Waiting), &ShownBody { bytes: 9_000, text: Some("begin".to_owned()) }, &[]);
    for line in ["state:      waiting, due 2026-11-21 01:00 UTC", "failures:   none", "  begin"] {
        assert!(cut.lines().any(|shown| shown == line), "{line}: {cut}");
    }
    assert!(cut.contains("9000 bytes, of which this is the beginning"), "{cut}");
    let binary = page(&job(State::Leased), &ShownBody { bytes: 7, text: None }, &[]);
    assert!(binary.contains("leased to a worker until 2026-11-21 01:00 UTC"), "{binary}");
    assert!(binary.ends_with("body:       7 bytes, not of text\n"), "{binary}");
    assert!(page(&job(State::Leased), &body(""), &[]).ends_with("body:       0 bytes\n"));
}
