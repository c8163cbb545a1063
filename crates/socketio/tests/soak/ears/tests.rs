use super::*;

fn said(number: u64, room: &str, in_room: u64) -> Said {
    Said { life: 7, number, room: room.to_owned(), in_room, padding: String::new() }
}

#[test]
fn what_was_not_to_be_heard_is_noticed() {
    let mut ears = Ears::default();
    assert!(ears.hears(&said(1, "a", 1)).is_err(), "before joining");
    ears.asks("a");
    ears.asks("b");
    ears.joined("a");
    assert_eq!(ears.hears(&said(3, "a", 1)), Ok(()));
    assert_eq!(ears.hears(&said(5, "b", 4)), Ok(()));
    assert_eq!(ears.hears(&said(6, "a", 2)), Ok(()));
    assert!(ears.has_heard(7, 6) && !ears.has_heard(7, 7) && !ears.has_heard(8, 1));
    assert!(ears.hears(&said(6, "a", 3)).is_err(), "twice");
    assert!(ears.hears(&said(5, "a", 3)).is_err(), "out of order");
    assert!(ears.hears(&said(9, "a", 5)).is_err(), "a hole");
    ears.leaves("a");
    assert_eq!(ears.hears(&said(10, "a", 6)), Ok(()));
    ears.left("a");
    assert!(ears.hears(&said(11, "a", 7)).is_err(), "after leaving");
}
