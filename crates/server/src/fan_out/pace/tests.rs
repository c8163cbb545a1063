use uuid::Uuid;

use super::*;

const ROOM: StreamId = StreamId(Uuid::from_u128(7));
const OTHER: StreamId = StreamId(Uuid::from_u128(8));

#[tokio::test]
async fn a_room_of_many_rests_after_a_frame_and_then_goes_on() {
    let (mut pace, now) = (Pace::default(), Instant::now());
    assert!(!pace.waits(ROOM, now), "the first goes out at once");
    pace.delivered(ROOM, 500, now);
    assert_eq!(pace.next(), None, "nothing waits yet");
    assert!(pace.waits(ROOM, now + Duration::from_millis(4)));
    assert!(!pace.waits(OTHER, now));
    assert_eq!(pace.next(), Some(now + Duration::from_millis(5)));
    assert!(pace.due(now + Duration::from_millis(4)).is_empty());
    assert_eq!(pace.due(now + Duration::from_millis(5)), [ROOM]);
    assert_eq!(pace.next(), None);
    assert!(!pace.waits(ROOM, now + Duration::from_millis(5)));
}

#[tokio::test]
async fn the_rest_is_bounded_and_small_rooms_have_none() {
    let (mut pace, now) = (Pace::default(), Instant::now());
    pace.delivered(ROOM, 1_000_000, now);
    pace.delivered(OTHER, 99, now);
    assert!(pace.waits(ROOM, now) && !pace.waits(OTHER, now));
    assert_eq!(pace.next(), Some(now + MOST));
    pace.forget(ROOM);
    assert_eq!(pace.next(), None);
}

#[tokio::test]
async fn what_rests_and_is_not_waited_for_is_forgotten() {
    let (mut pace, now) = (Pace::default(), Instant::now());
    pace.delivered(ROOM, 500, now);
    pace.delivered(OTHER, 500, now + Duration::from_millis(1));
    assert!(pace.waits(OTHER, now + Duration::from_millis(2)));
    assert_eq!(pace.due(now + Duration::from_millis(10)), [OTHER]);
    assert!(pace.resting.is_empty());
}
