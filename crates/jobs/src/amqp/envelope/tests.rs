use proptest::prelude::*;

use super::*;

fn envelope() -> impl Strategy<Value = Envelope> {
    let failure = (any::<i64>(), ".{0,20}").prop_map(|(at, reason)| JobFailure { at: Millis(at), reason });
    let numbers = (any::<u128>(), any::<u32>(), any::<i64>(), any::<u32>(), any::<u32>());
    let failures = prop::collection::vec(failure, 0..=JOB_FAILURES);
    let body = prop::collection::vec(any::<u8>(), 0..200);
    (numbers, "[a-z0-9._-]{1,64}", failures, body).prop_map(|(numbers, kind, failures, body)| {
        let (id, version, asked_at, tries, most_tries) = numbers;
        let (id, kind, at) = (JobId(Uuid::from_u128(id)), JobKind::parse(&kind).unwrap(), Millis(asked_at));
        let state = JobState::Waiting;
        let job = Job { id, kind, version, state, asked_at: at, at, tries, most_tries };
        Envelope(WholeJob { job, body: JobBody::new(body).unwrap(), failures })
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(envelope in envelope()) {
        prop_assert_eq!(Envelope::decode(&envelope.encode().unwrap()), Ok(envelope));
    }

    #[test]
    fn whatever_comes_does_no_harm(
        envelope in envelope(),
        place in any::<prop::sample::Index>(),
        other in any::<u8>(),
        end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = envelope.encode().unwrap();
        *place.get_mut(&mut bytes) = other;
        // Whether it still is one is not the question.
        let _ = Envelope::decode(&bytes);
        bytes.truncate(end.index(bytes.len()));
        let _ = Envelope::decode(&bytes);
    }
}

fn plain(body: &[u8]) -> Envelope {
    let (id, kind, at) = (JobId(Uuid::nil()), JobKind::PURGE, Millis(7));
    let state = JobState::Waiting;
    let job = Job { id, kind, version: 1, state, asked_at: at, at, tries: 0, most_tries: 3 };
    Envelope(WholeJob { job, body: JobBody::new(body.to_vec()).unwrap(), failures: Vec::new() })
}

#[test]
fn what_is_no_job_is_said_to_be() {
    let known = plain(b"a body\nof two lines");
    let text = String::from_utf8(known.encode().unwrap()).unwrap();
    assert_eq!(Envelope::decode(b"{}"), Err(Unreadable::Line));
    assert_eq!(Envelope::decode(b"no JSON\n"), Err(Unreadable::Line));
    assert_eq!(Envelope::decode(text.replace("\"v\":1", "\"v\":2").as_bytes()), Err(Unreadable::Version(2)));
    assert_eq!(Envelope::decode(text.replace("messages.purge", "NO KIND").as_bytes()), Err(Unreadable::Job));
    assert_eq!(Envelope::decode(text.as_bytes()), Ok(known));
}

#[test]
fn the_latest_failures_are_kept() {
    let mut envelope = plain(b"");
    for number in 0..JOB_FAILURES + 2 {
        envelope.failed(Millis(1), &format!("{number}{}", "x".repeat(2 * JOB_REASON_CHARS)));
    }
    let failures = &envelope.0.failures;
    assert_eq!(failures.len(), JOB_FAILURES);
    assert!(failures[0].reason.starts_with("2x"));
    assert_eq!(failures[0].reason.chars().count(), JOB_REASON_CHARS);
}
