use super::*;

/// What everybody is to hear of what a sender said.
fn said(room: &Room, sender: usize) -> Vec<Vec<u8>> {
    let all = room.said.borrow();
    all.iter().filter(|said| said.sender == sender).map(|said| said.payload.clone()).collect()
}

fn entered(room: &Room) -> Vec<Ears> {
    room.joined.set(room.members);
    (0..room.members).map(|number| room.ears(number)).collect()
}

#[test]
fn everything_heard_once_and_in_order_is_exact() {
    let room = Room::new(3, 2, 1);
    let mut members = entered(&room);
    (0..4).for_each(|_| room.post());
    room.record_from.set(2);
    let (first, second) = (said(&room, 0), said(&room, 1));
    assert!(!room.exact());
    for ears in &mut members {
        for payload in second.iter().chain(&first) {
            room.deliver(ears, payload, room.now());
        }
    }
    assert_eq!(room.first_fault.take(), None);
    assert!(room.exact());
    assert_eq!(room.completed.get(), 4);
    // Of the two messages from number 2 on.
    assert_eq!((room.latencies.borrow().len(), room.completions.borrow().len()), (6, 2));
    room.leave();
    assert!(!room.exact());
}

#[test]
fn what_is_missing_twice_or_turned_round_is_not_exact() {
    for order in [&[0, 1][..], &[0, 1, 2, 2], &[1, 0, 2], &[0, 2, 2]] {
        let room = Room::new(1, 1, 1);
        let mut members = entered(&room);
        (0..3).for_each(|_| room.post());
        let said = said(&room, 0);
        for place in order {
            room.deliver(&mut members[0], &said[*place], room.now());
        }
        assert!(!room.exact(), "{order:?}");
    }
}

#[test]
fn what_nobody_said_is_a_fault() {
    let room = Room::new(1, 1, 1);
    let mut members = entered(&room);
    room.post();
    let said = said(&room, 0).remove(0);
    let other = Room::new(1, 1, 1);
    other.deliver(&mut members[0], &said, 0);
    assert!(other.first_fault.take().unwrap().starts_with("nobody said this: 42["));
    for place in 0..said.len() {
        let mut wrong = said.clone();
        wrong[place] = b'#';
        room.deliver(&mut members[0], &wrong, room.now());
        assert_eq!(room.faults.get(), place as u64 + 1, "byte {place}");
    }
    assert_eq!(room.deliveries.get(), 0);
}

#[test]
fn groups_hear_their_own() {
    let room = Room::new(5, 3, 3);
    let mut members = entered(&room);
    (0..3).for_each(|_| room.post());
    for sender in 0..3 {
        for payload in said(&room, sender) {
            for ears in members.iter_mut().filter(|ears| ears.number % 3 == sender) {
                room.deliver(ears, &payload, room.now());
            }
        }
    }
    assert!(room.exact());
    room.post();
    let payload = said(&room, 0).remove(1);
    room.deliver(&mut members[1], &payload, room.now());
    assert!(room.first_fault.take().unwrap().starts_with("another group's message"));
}
