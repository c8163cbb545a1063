use bytes::Bytes;
use uuid::Uuid;

use super::*;

const ROOM: StreamId = StreamId(Uuid::from_u128(7));
const OTHER: StreamId = StreamId(Uuid::from_u128(8));

fn envelope(stream: StreamId, from: u32, through: u32, bytes: usize) -> Arc<Envelope> {
    Arc::new(Envelope {
        stream,
        epoch: None,
        from: Rev(from.into()),
        through: Rev(through.into()),
        left: Vec::new(),
        moved: false,
        payload: Bytes::from(vec![b' '; bytes]),
    })
}

/// Up to where everything is known once what waits was taken, beginning at `rev`.
fn go_on(waiting: &mut Waiting, id: StreamId, mut rev: Rev) -> Rev {
    while let Some(envelope) = waiting.next(id, rev) {
        assert!(envelope.from <= rev);
        rev = rev.max(envelope.through);
    }
    rev
}

#[test]
fn what_is_early_follows_once_the_hole_is_filled() {
    let mut waiting = Waiting::default();
    for (from, through) in [(9, 12), (5, 7), (7, 9), (14, 15)] {
        waiting.keep(&envelope(ROOM, from, through, 10));
    }
    waiting.keep(&envelope(OTHER, 3, 4, 10));
    assert_eq!(go_on(&mut waiting, ROOM, Rev(4)), Rev(4));
    assert_eq!(go_on(&mut waiting, ROOM, Rev(5)), Rev(12));
    // The store was read further than this: what was kept of that is not needed.
    assert_eq!(go_on(&mut waiting, ROOM, Rev(20)), Rev(20));
    assert_eq!(go_on(&mut waiting, OTHER, Rev(3)), Rev(4));
    assert!(waiting.streams.is_empty());
    assert_eq!(waiting.bytes, 0);
}

#[test]
fn of_two_that_begin_alike_the_longer_is_kept() {
    let mut waiting = Waiting::default();
    for through in [7, 9, 8] {
        waiting.keep(&envelope(ROOM, 5, through, 10));
    }
    assert_eq!(go_on(&mut waiting, ROOM, Rev(5)), Rev(9));
    assert_eq!(waiting.bytes, 0);
}

#[test]
fn there_is_a_bound_over_all_streams() {
    let mut waiting = Waiting::default();
    waiting.keep(&envelope(ROOM, 1, 2, BYTES - 2 * ENVELOPE));
    waiting.keep(&envelope(OTHER, 1, 2, 1));
    assert_eq!(go_on(&mut waiting, OTHER, Rev(1)), Rev(1));
    waiting.forget(ROOM);
    waiting.forget(ROOM);
    waiting.keep(&envelope(OTHER, 1, 2, 1));
    assert_eq!(go_on(&mut waiting, OTHER, Rev(1)), Rev(2));
    assert_eq!(waiting.bytes, 0);
}
