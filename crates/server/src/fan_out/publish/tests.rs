use chinwag_model::change::State;
use chinwag_model::{Change, Rev, UserId};
use uuid::Uuid;

use super::*;

fn changes(stream: u128, revs: std::ops::RangeInclusive<u64>) -> StreamChanges {
    let change = |rev| Change { rev: Rev(rev), state: State::MemberGone(UserId(Uuid::nil())), nonce: None };
    StreamChanges {
        stream: StreamId(Uuid::from_u128(stream)),
        epoch: Epoch(1),
        from: Rev(revs.start() - 1),
        changes: revs.map(change).collect(),
    }
}

fn joined(waiting: Vec<StreamChanges>) -> Vec<(u128, u64, u64, usize)> {
    let joined = frames(waiting.into_iter()).into_iter();
    joined.map(|it| (it.stream.0.as_u128(), it.from.0, it.through().0, it.changes.len())).collect()
}

#[test]
fn what_follows_upon_each_other_in_one_stream_is_joined() {
    let waiting = vec![changes(1, 1..=2), changes(2, 7..=7), changes(1, 3..=3), changes(2, 8..=9)];
    assert_eq!(joined(waiting), [(1, 0, 3, 3), (2, 6, 9, 3)]);
}

#[test]
fn a_hole_is_not_joined_over() {
    assert_eq!(joined(vec![changes(1, 1..=2), changes(1, 4..=4)]), [(1, 0, 2, 2), (1, 3, 4, 1)]);
}

#[test]
fn another_epoch_is_another_frame() {
    let later = StreamChanges { epoch: Epoch(2), ..changes(1, 3..=3) };
    let waiting = vec![changes(1, 1..=2), later, StreamChanges { epoch: Epoch(2), ..changes(1, 4..=4) }];
    let epochs: Vec<_> = frames(waiting.into_iter()).iter().map(|it| (it.epoch.0, it.through().0)).collect();
    assert_eq!(epochs, [(1, 2), (2, 4)]);
}

#[test]
fn a_frame_has_a_bound_and_order_is_kept() {
    let waiting = (1..=250).map(|rev| changes(1, rev..=rev)).collect();
    assert_eq!(joined(waiting), [(1, 0, 100, 100), (1, 100, 200, 100), (1, 200, 250, 50)]);
}

#[test]
fn what_is_too_much_for_a_frame_is_divided() {
    let author =
        chinwag_model::Person { id: UserId(Uuid::nil()), name: String::new(), avatar: 0, guest: false };
    let message = |rev| {
        let body = Body::Text { text: "x".repeat(100_000), edited_at: None };
        let at = chinwag_model::Millis(0);
        let state =
            State::Message(Message { seq: Rev(rev), rev: Rev(rev), author: author.clone(), at, body });
        Change { rev: Rev(rev), state, nonce: None }
    };
    let one = StreamChanges {
        stream: StreamId(Uuid::from_u128(1)),
        epoch: Epoch(1),
        from: Rev(0),
        changes: (1..=5).map(message).collect(),
    };
    assert_eq!(joined(vec![one]), [(1, 0, 2, 2), (1, 2, 4, 2), (1, 4, 5, 1)]);
}
