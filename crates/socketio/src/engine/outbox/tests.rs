use super::*;

fn bytes(length: usize) -> Bytes {
    vec![b'x'; length].into()
}

#[test]
fn is_bounded_but_takes_one_packet_of_any_size() {
    let mut outbox = Outbox::default();
    assert!(outbox.has_room_for(&bytes(5000), 1000));
    outbox.push(bytes(5000), false);
    assert!(!outbox.has_room_for(&bytes(1), 1000));
    outbox.advance(5000);
    assert!(outbox.is_empty());
    assert_eq!(outbox.cost, 0);
    for _ in 0..10 {
        assert!(outbox.has_room_for(&bytes(36), 1000));
        outbox.push(bytes(36), false);
    }
    assert!(!outbox.has_room_for(&bytes(1), 1000));
    assert!(outbox.has_room_for(&bytes(1), usize::MAX));
}

#[test]
fn what_is_begun_is_finished() {
    let mut outbox = Outbox::default();
    outbox.force(Bytes::from_static(b"first"));
    outbox.force(Bytes::from_static(b"second"));
    outbox.advance(2);
    outbox.abandon();
    outbox.force(Bytes::from_static(b"last"));
    assert_eq!(outbox.take().collect::<Vec<_>>(), ["rst", "last"]);
}

#[test]
fn what_is_not_begun_is_dropped() {
    let mut outbox = Outbox::default();
    outbox.force(Bytes::from_static(b"first"));
    outbox.force(Bytes::from_static(b"second"));
    outbox.advance(5);
    outbox.abandon();
    assert!(outbox.is_empty());
}

#[test]
fn advances_over_packets() {
    let mut outbox = Outbox::default();
    for packet in ["one", "two", "three"] {
        outbox.force(Bytes::from_static(packet.as_bytes()));
    }
    outbox.advance(4);
    let mut slices = [IoSlice::new(&[]); 8];
    let count = outbox.slices(&mut slices);
    assert_eq!(
        slices[..count].iter().map(|slice| slice.to_vec()).collect::<Vec<_>>(),
        [&b"wo"[..], b"three"]
    );
}

#[test]
fn what_is_its_own_is_counted_and_given_back() {
    let budget = Budget::new(1 << 20, Default::default());
    let mut outbox = Outbox::default();
    let shared = budget.count(bytes(10_000));
    outbox.push(shared.clone(), true);
    outbox.push(bytes(5_000), false);
    outbox.settle(&budget);
    assert_eq!(budget.used(), 10_000 + 5_128 / UNIT * UNIT);
    drop(shared);
    outbox.advance(12_000);
    outbox.settle(&budget);
    assert_eq!(budget.used(), 3_064 / UNIT * UNIT, "the shared packet is gone with its last reference");
    drop(outbox.take());
    outbox.settle(&budget);
    assert_eq!(budget.used(), 0);
}

#[test]
fn a_heartbeat_goes_before_what_is_not_begun() {
    let mut outbox = Outbox::default();
    outbox.force_first(Bytes::from_static(b"2"));
    assert_eq!(outbox.take().collect::<Vec<_>>(), ["2"]);
    for written in [0, 2] {
        for packet in ["one", "two"] {
            outbox.force(Bytes::from_static(packet.as_bytes()));
        }
        outbox.advance(written);
        outbox.force_first(Bytes::from_static(b"2"));
        let expected: &[&str] = if written == 0 { &["2", "one", "two"] } else { &["e", "2", "two"] };
        assert_eq!(outbox.cost, expected.concat().len() + expected.len() * OVERHEAD);
        assert_eq!(outbox.take().collect::<Vec<_>>(), expected);
    }
}
