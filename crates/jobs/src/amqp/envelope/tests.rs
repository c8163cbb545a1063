use proptest::prelude::*;

use super::*;

fn envelope() -> impl Strategy<Value = Envelope> {
    let failure = (any::<i64>(), ".{0,20}").prop_map(|(at, reason)| JobFailure { at: Millis(at), reason });
    let numbers = (any::<u128>(), any::<u32>(), any::<i64>(), any::<u32>(), any::<u32>());
    let failures = prop::collection::vec(failure, 0..JOB_FAILURES);
    let body = prop::collection::vec(any::<u8>(), 0..200);
    (numbers, "[a-z0-9._-]{1,64}", failures, body).prop_map(|(numbers, kind, failures, body)| {
        let (id, version, asked_at, tries, most_tries) = numbers;
        let (kind, body) = (JobKind::parse(&kind).unwrap(), JobBody::new(body).unwrap());
        let (id, asked_at) = (JobId(Uuid::from_u128(id)), Millis(asked_at));
        Envelope { id, kind, version, asked_at, tries, most_tries, failures, body }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(envelope in envelope()) {
        prop_assert_eq!(Envelope::decode(&envelope.encode().unwrap()), Ok(envelope));
    }

    #[test]
    fn whatever_comes_does_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        // Whether it is one is not the question.
        let _ = Envelope::decode(&bytes);
    }
}

#[test]
fn what_is_no_job_is_said_to_be() {
    let known = Envelope {
        id: JobId(Uuid::nil()),
        kind: JobKind::PURGE,
        version: 1,
        asked_at: Millis(7),
        tries: 0,
        most_tries: 3,
        failures: Vec::new(),
        body: JobBody::new(b"a body\nof two lines".to_vec()).unwrap(),
    };
    let bytes = known.encode().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(Envelope::decode(b"{}"), Err(Unreadable::Line));
    assert_eq!(Envelope::decode(b"no JSON\n"), Err(Unreadable::Line));
    assert_eq!(Envelope::decode(text.replace("\"v\":1", "\"v\":2").as_bytes()), Err(Unreadable::Version(2)));
    assert_eq!(Envelope::decode(text.replace("messages.purge", "NO KIND").as_bytes()), Err(Unreadable::Job));
    assert_eq!(Envelope::decode(text.as_bytes()), Ok(known));
}

#[test]
fn the_latest_failures_are_kept() {
    let (at, body) = (Millis(1), JobBody::new(Vec::new()).unwrap());
    let (id, kind, failures) = (JobId(Uuid::nil()), JobKind::PURGE, Vec::new());
    let mut envelope =
        Envelope { id, kind, version: 1, asked_at: at, tries: 0, most_tries: 99, failures, body };
    for number in 0..JOB_FAILURES + 2 {
        envelope.failed(at, &format!("{number}{}", "x".repeat(2 * JOB_REASON_CHARS)));
    }
    assert_eq!(envelope.failures.len(), JOB_FAILURES);
    assert!(envelope.failures[0].reason.starts_with("2x"));
    assert_eq!(envelope.failures[0].reason.chars().count(), JOB_REASON_CHARS);
}
