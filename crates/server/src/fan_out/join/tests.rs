use chinwag_model::change::State;
use chinwag_model::{Change, Epoch, Rev, Role, StreamId, User, UserId};
use uuid::Uuid;

use super::*;

const ROOM: StreamId = StreamId(Uuid::from_u128(7));

/// Of this epoch, with a change for each revision that says nothing more than that something was added.
fn envelope(epoch: u64, from: u32, through: u32) -> Arc<Envelope> {
    let changes: Vec<Change> = (from + 1..=through).map(|rev| change(rev, "hello")).collect();
    let (from, through) = (Rev(from.into()), Rev(through.into()));
    Arc::new(encode::envelope(Epoch(epoch), ROOM, from, through, &changes).unwrap())
}

fn change(rev: u32, name: &str) -> Change {
    let id = UserId(Uuid::from_u128(rev.into()));
    let user = User { id, name: name.into(), role: Role::Member, avatar: 1, status: "".into(), gone: false };
    Change { rev: Rev(rev.into()), state: State::Person(user), nonce: None }
}

/// The revisions of what is delivered.
fn seen(envelopes: &[Arc<Envelope>]) -> Vec<(u64, u64)> {
    envelopes.iter().map(|envelope| (envelope.from.0, envelope.through.0)).collect()
}

#[test]
fn what_follows_upon_each_other_is_one_frame() {
    let joined = joined(vec![envelope(1, 0, 2), envelope(1, 2, 3), envelope(1, 4, 5)]);
    assert_eq!(seen(&joined), [(0, 3), (4, 5)]);
    assert_eq!(*joined[0], *envelope(1, 0, 3), "as if the store had told of all of it at once");
}

#[test]
fn who_left_is_told_with_the_rest() {
    let user = UserId(Uuid::from_u128(9));
    let gone = Change { rev: Rev(3), state: State::MemberGone(user), nonce: None };
    let gone = encode::envelope(Epoch(1), ROOM, Rev(2), Rev(3), &[gone]).unwrap();
    let moved = Envelope { moved: true, ..(*envelope(1, 3, 4)).clone() };
    let joined = joined(vec![envelope(1, 0, 2), Arc::new(gone), Arc::new(moved)]);
    assert_eq!(seen(&joined), [(0, 4)]);
    assert_eq!((joined[0].left.as_slice(), joined[0].moved), ([(Rev(3), user)].as_slice(), true));
}

#[test]
fn epochs_are_not_joined() {
    assert_eq!(seen(&joined(vec![envelope(1, 0, 2), envelope(2, 2, 3)])), [(0, 2), (2, 3)]);
}

#[test]
fn a_frame_has_its_bounds() {
    let waiting = vec![envelope(1, 0, 60), envelope(1, 60, 100), envelope(1, 100, 101)];
    assert_eq!(seen(&joined(waiting)), [(0, 100), (100, 101)]);
    let long = "x".repeat(BYTES / 2);
    let large = [1, 2].map(|rev: u32| {
        let (from, through) = (Rev((rev - 1).into()), Rev(rev.into()));
        Arc::new(encode::envelope(Epoch(1), ROOM, from, through, &[change(rev, &long)]).unwrap())
    });
    assert_eq!(seen(&joined(large.to_vec())), [(0, 1), (1, 2)]);
}

#[test]
fn what_cannot_be_read_stays_as_it_is() {
    let broken = Envelope { payload: "no JSON".into(), ..(*envelope(1, 2, 3)).clone() };
    let waiting = vec![envelope(1, 0, 2), Arc::new(broken), envelope(1, 3, 4)];
    assert_eq!(seen(&joined(waiting)), [(0, 2), (2, 3), (3, 4)]);
}
