use uuid::Uuid;

use super::*;

const ROOM: StreamId = StreamId(Uuid::from_u128(7));
const OTHER: StreamId = StreamId(Uuid::from_u128(8));

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[test]
fn a_stream_of_many_rests_after_a_frame_and_then_goes_on() {
    let (mut pace, now) = (Pace::default(), Instant::now());
    pace.waits(ROOM, now);
    assert_eq!(pace.due(now), [ROOM], "the first goes out at once");
    pace.delivered(ROOM, 200, now);
    assert_eq!(pace.next(), None, "nothing waits yet");
    pace.waits(ROOM, now + ms(4));
    pace.waits(ROOM, now + ms(5));
    pace.waits(OTHER, now + ms(5));
    assert_eq!(pace.due(now + ms(5)), [OTHER]);
    assert_eq!(pace.next(), Some(now + ms(6)));
    assert_eq!(pace.due(now + ms(6)), [ROOM]);
    assert_eq!(pace.next(), None);
    pace.waits(ROOM, now + ms(7));
    assert_eq!(pace.due(now + ms(7)), [ROOM], "it has rested");
}

#[test]
fn a_rest_is_bounded_and_streams_of_few_have_none() {
    let (mut pace, now) = (Pace::default(), Instant::now());
    pace.delivered(ROOM, 1_000_000, now);
    pace.delivered(OTHER, 33, now);
    pace.waits(ROOM, now);
    pace.waits(OTHER, now);
    assert_eq!(pace.due(now), [OTHER]);
    assert_eq!(pace.next(), Some(now + MOST));
}

#[test]
fn what_has_rested_is_forgotten() {
    let (mut pace, now) = (Pace::default(), Instant::now());
    pace.delivered(ROOM, 200, now);
    assert!(pace.due(now + ms(6)).is_empty());
    assert!(pace.resting.is_empty() && pace.waiting.is_empty());
}
