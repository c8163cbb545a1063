use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use chinwag_model::{Epoch, Rev};

const VERSIONS: [Version; 2] = [Version::One, Version::Two];

fn stream() -> impl Strategy<Value = StreamId> {
    any::<u128>().prop_map(|id| StreamId(Uuid::from_u128(id)))
}

fn user() -> impl Strategy<Value = UserId> {
    any::<u128>().prop_map(|id| UserId(Uuid::from_u128(id)))
}

fn payload() -> impl Strategy<Value = Bytes> {
    prop::collection::vec(any::<u8>(), 0..200).prop_map(Bytes::from)
}

fn keys() -> impl Strategy<Value = Vec<SessionKey>> {
    prop::collection::vec(any::<[u8; 32]>().prop_map(SessionKey), 0..5)
}

fn person() -> impl Strategy<Value = Person> {
    (user(), ".{0,20}", any::<u32>(), any::<bool>()).prop_map(|(id, name, avatar, guest)| Person {
        id,
        name,
        avatar,
        guest,
    })
}

fn changes() -> impl Strategy<Value = Message> {
    let left = prop::collection::vec((any::<u64>().prop_map(Rev), user()), 0..4);
    let epoch = prop::option::of(any::<u64>().prop_map(Epoch));
    (stream(), epoch, any::<u64>(), any::<u64>(), left, any::<bool>(), payload()).prop_map(
        |(stream, epoch, from, through, left, moved, payload)| {
            let (from, through) = (Rev(from), Rev(through));
            Message::Changes(Arc::new(Envelope { stream, epoch, from, through, left, moved, payload }))
        },
    )
}

/// What is left of a message in version 1, which has no epochs.
fn in_version_one(message: Message) -> Message {
    match message {
        Message::Changes(envelope) => {
            Message::Changes(Arc::new(Envelope { epoch: None, ..Arc::unwrap_or_clone(envelope) }))
        }
        other => other,
    }
}

fn message() -> impl Strategy<Value = Message> {
    let people = prop::collection::vec(person(), 0..4);
    prop_oneof![
        changes(),
        (stream(), "[a-z:]{0,255}", user(), payload())
            .prop_map(|(stream, event, except, payload)| Message::Passing { stream, event, except, payload }),
        keys().prop_map(Message::SessionsEnded),
        keys().prop_map(Message::SessionsStale),
        (stream(), any::<u64>(), any::<u64>(), people, prop::collection::vec(user(), 0..4))
            .prop_map(|(place, from, to, came, went)| Message::PlaceChanged { place, from, to, came, went }),
        (stream(), any::<u64>()).prop_map(|(place, at)| Message::PlaceStands { place, at }),
        Just(Message::Gone),
        Just(Message::Lost),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read(sender in any::<u128>(), message in message()) {
        let sender = NodeId(sender);
        for version in VERSIONS {
            let bytes = Bytes::from(encode(version, sender, &message));
            let read = if version == Version::One { in_version_one(message.clone()) } else { message.clone() };
            prop_assert_eq!(decode(Version::Two, bytes), Ok((sender, read)));
        }
    }

    #[test]
    fn the_version_before_does_not_read_this_one(message in message()) {
        let bytes = Bytes::from(encode(Version::Two, NodeId(1), &message));
        prop_assert_eq!(decode(Version::One, bytes), Err(Unread::Version(2)));
        let bytes = Bytes::from(encode(Version::One, NodeId(1), &message));
        prop_assert_eq!(decode(Version::One, bytes), Ok((NodeId(1), in_version_one(message))));
    }

    #[test]
    fn no_bytes_are_too_much(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        // It says what it is or that it is nothing; it never ends the process.
        let _ = decode(Version::Two, bytes.into());
    }

    #[test]
    fn no_damage_is_too_much(
        message in message(), version in prop::sample::select(&VERSIONS),
        cut in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut bytes = encode(version, NodeId(7), &message);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes.truncate(cut.index(bytes.len() + 1));
        let _ = decode(Version::Two, bytes.into());
    }
}

#[test]
fn fields_that_a_newer_node_added_are_passed_over() {
    let message = Message::PlaceStands { place: StreamId(Uuid::nil()), at: 5 };
    let mut bytes = encode(Version::Two, NodeId(1), &message);
    bytes.extend_from_slice(&[1, 2, 3]);
    bytes[21] += 3;
    assert_eq!(decode(Version::Two, bytes.into()), Ok((NodeId(1), message)));
}

#[test]
fn kinds_and_versions_that_nobody_knows_are_no_error_of_the_sender() {
    let mut bytes = encode(Version::Two, NodeId(1), &Message::Lost);
    bytes[1] = 99;
    assert_eq!(decode(Version::Two, Bytes::from(bytes.clone())), Err(Unread::Kind(99)));
    bytes[0] = 3;
    assert_eq!(decode(Version::Two, bytes.into()), Err(Unread::Version(3)));
}

#[test]
fn a_length_is_not_believed_beyond_what_is_there() {
    let mut bytes = encode(Version::One, NodeId(1), &Message::SessionsEnded(vec![]));
    let length = bytes.len() - 4;
    bytes[length..].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(decode(Version::Two, bytes.into()), Err(Unread::Malformed));
}

#[test]
fn what_is_written_is_what_all_nodes_read() {
    let [one, two] = VERSIONS;
    assert_eq!(two.common([].into_iter()), two);
    assert_eq!(two.common([2, 3].into_iter()), two);
    assert_eq!(two.common([2, 1].into_iter()), one);
    assert_eq!(one.common([2].into_iter()), one);
}
