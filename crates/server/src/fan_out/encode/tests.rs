use chinwag_model::UserId;
use serde_json::Value;
use uuid::Uuid;

use super::*;

fn user(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

#[test]
fn the_rest_of_an_envelope_is_what_was_not_delivered() {
    let stream = StreamId(Uuid::from_u128(7));
    let left = |rev: u64| Change { rev: Rev(rev), state: State::MemberGone(user(rev.into())), nonce: None };
    let whole = envelope(Epoch(9), stream, Rev(3), Rev(6), &[left(4), left(5), left(6)]).unwrap();
    let rest = rest(&whole, Rev(4)).unwrap();
    assert_eq!((rest.stream, rest.from, rest.through, rest.moved), (stream, Rev(4), Rev(6), false));
    assert_eq!(rest.left, [(Rev(5), user(5)), (Rev(6), user(6))]);
    let made = envelope(Epoch(9), stream, Rev(4), Rev(6), &[left(5), left(6)]).unwrap();
    let json = |envelope: &Envelope| serde_json::from_slice::<Value>(&envelope.payload).unwrap();
    assert_eq!(json(&rest), json(&made));
}
