use chinwag_model::change::State;
use chinwag_model::{Change, Epoch, Rev, Role, User, UserId};
use uuid::Uuid;

use super::*;

const ROOM: StreamId = StreamId(Uuid::from_u128(7));
const OTHER: StreamId = StreamId(Uuid::from_u128(8));

/// Of this epoch, with a change for each revision that says nothing more than that something was added.
fn envelope(epoch: u64, stream: StreamId, from: u32, through: u32) -> Arc<Envelope> {
    let changes: Vec<Change> = (from + 1..=through).map(|rev| change(rev, "hello")).collect();
    let (from, through) = (Rev(from.into()), Rev(through.into()));
    Arc::new(encode::envelope(Epoch(epoch), stream, from, through, &changes).unwrap())
}

fn change(rev: u32, name: &str) -> Change {
    let id = UserId(Uuid::from_u128(rev.into()));
    let user = User { id, name: name.into(), role: Role::Member, avatar: 1, status: "".into(), gone: false };
    Change { rev: Rev(rev.into()), state: State::Person(user), nonce: None }
}

/// The streams and revisions of what is delivered.
fn seen(deliveries: &[Delivery]) -> Vec<(StreamId, u64, u64)> {
    let changes = deliveries.iter().filter_map(|delivery| match delivery {
        Delivery::Changes(envelope) => Some((envelope.stream, envelope.from.0, envelope.through.0)),
        _ => None,
    });
    changes.collect()
}

fn join(envelopes: &[Arc<Envelope>]) -> Vec<Delivery> {
    joined(envelopes.iter().cloned().map(Delivery::Changes))
}

#[test]
fn what_follows_upon_each_other_is_one_frame() {
    let waiting = [
        envelope(1, ROOM, 0, 2),
        envelope(1, OTHER, 5, 6),
        envelope(1, ROOM, 2, 3),
        envelope(1, OTHER, 6, 9),
        envelope(1, ROOM, 4, 5),
    ];
    let joined = join(&waiting);
    assert_eq!(seen(&joined), [(ROOM, 0, 3), (OTHER, 5, 9), (ROOM, 4, 5)]);
    let Delivery::Changes(first) = &joined[0] else { panic!("{joined:?}") };
    assert_eq!(**first, *envelope(1, ROOM, 0, 3), "as if one node had told of all of it");
}

#[test]
fn epochs_are_not_joined() {
    let waiting = [envelope(1, ROOM, 0, 2), envelope(2, ROOM, 2, 3)];
    assert_eq!(seen(&join(&waiting)), [(ROOM, 0, 2), (ROOM, 2, 3)]);
}

#[test]
fn a_frame_has_its_bounds() {
    let waiting = [envelope(1, ROOM, 0, 60), envelope(1, ROOM, 60, 100), envelope(1, ROOM, 100, 101)];
    assert_eq!(seen(&join(&waiting)), [(ROOM, 0, 100), (ROOM, 100, 101)]);
    let long = "x".repeat(BYTES / 2);
    let [first, second] = [1, 2].map(|rev: u32| {
        let (from, through) = (Rev((rev - 1).into()), Rev(rev.into()));
        Arc::new(encode::envelope(Epoch(1), ROOM, from, through, &[change(rev, &long)]).unwrap())
    });
    assert_eq!(seen(&join(&[first, second])), [(ROOM, 0, 1), (ROOM, 1, 2)]);
}

#[test]
fn nothing_overtakes_who_leaves_or_whose_session_ends() {
    let gone = Change { rev: Rev(3), state: State::MemberGone(UserId(Uuid::nil())), nonce: None };
    let gone = encode::envelope(Epoch(1), ROOM, Rev(2), Rev(3), &[gone]).unwrap();
    let waiting = [
        Delivery::Changes(envelope(1, OTHER, 0, 1)),
        Delivery::Changes(envelope(1, ROOM, 1, 2)),
        Delivery::Changes(Arc::new(gone)),
        Delivery::Changes(envelope(1, ROOM, 3, 4)),
        Delivery::Changes(envelope(1, OTHER, 1, 2)),
        Delivery::SessionsEnded(Vec::new()),
        Delivery::Changes(envelope(1, OTHER, 2, 3)),
    ];
    let joined = joined(waiting.into_iter());
    let expected = [(OTHER, 0, 1), (ROOM, 1, 2), (ROOM, 2, 3), (ROOM, 3, 4), (OTHER, 1, 2), (OTHER, 2, 3)];
    assert_eq!(seen(&joined), expected);
    assert!(matches!(joined[5], Delivery::SessionsEnded(_)), "{joined:?}");
}

#[test]
fn what_cannot_be_read_stays_as_it_is() {
    let broken = Envelope { payload: "no JSON".into(), ..(*envelope(1, ROOM, 2, 3)).clone() };
    let waiting = [envelope(1, ROOM, 0, 2), Arc::new(broken), envelope(1, ROOM, 3, 4)];
    assert_eq!(seen(&join(&waiting)), [(ROOM, 0, 2), (ROOM, 2, 3), (ROOM, 3, 4)]);
}
