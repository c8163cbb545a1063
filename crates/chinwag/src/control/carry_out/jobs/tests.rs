use chinwag_model::Millis;
use chinwag_store::{JOB_FAILURES, JOB_KIND_CHARS, JOB_REASON_CHARS, JobFailure, JobId};

use super::{BODY_CHARS, PAGE, shown};
use crate::control::protocol::{Answer, JobPlace, JobsAnswer, ListedJob, ShownBody, State, write};

#[test]
fn a_body_is_shown_if_it_can_be_read_and_cut_if_it_is_long() {
    for text in ["", "{}", "two\n\tlines", "\u{1f600} цветы"] {
        let expected = ShownBody { bytes: text.len(), text: Some(text.to_owned()) };
        assert_eq!(shown(text.as_bytes()), expected);
    }
    for bytes in [b"\xff\xfe".as_slice(), b"\x1b[2J", b"over\rwritten", b"a\0b", "\u{9b}2J".as_bytes()] {
        assert_eq!(shown(bytes), ShownBody { bytes: bytes.len(), text: None });
    }
    let long = "\u{1f600}".repeat(BODY_CHARS + 1);
    let text = Some("\u{1f600}".repeat(BODY_CHARS));
    assert_eq!(shown(long.as_bytes()), ShownBody { bytes: 4 * (BODY_CHARS + 1), text });
}

/// The longest of everything, with characters that take most room as JSON.
#[tokio::test]
async fn the_largest_answers_fit_into_a_line() {
    let job = || ListedJob {
        id: JobId("01890000-0000-7000-8000-000000000001".parse().unwrap()),
        kind: "k".repeat(JOB_KIND_CHARS),
        form: u32::MAX,
        state: State::Waiting,
        asked_at: Millis(i64::MIN),
        at: Millis(i64::MIN),
        tries: u32::MAX,
        most_tries: u32::MAX,
    };
    let next = JobPlace { kind: job().kind, at: job().at, id: job().id };
    let page = JobsAnswer::Page { jobs: (0..PAGE).map(|_| job()).collect(), next: Some(next) };
    let failure = || JobFailure { at: Millis(i64::MIN), reason: "\u{1}".repeat(JOB_REASON_CHARS) };
    let body = shown("\u{1f600}".repeat(BODY_CHARS).as_bytes());
    let whole =
        JobsAnswer::Whole { job: job(), body, failures: (0..JOB_FAILURES).map(|_| failure()).collect() };
    for answer in [page, whole] {
        write(&mut Vec::new(), &Answer::Jobs(answer)).await.unwrap();
    }
}
