use super::*;

#[test]
fn items_come_out_when_they_are_due_and_not_before() {
    let mut wheel = Wheel::new(10, 1000);
    assert_eq!(wheel.insert(25, "a"), 30);
    assert_eq!(wheel.insert(30, "b"), 30);
    assert_eq!(wheel.insert(31, "c"), 40);
    assert_eq!(wheel.next_due(), Some(30));
    assert!(wheel.advance(29).is_empty());
    assert_eq!(wheel.advance(30), ["a", "b"]);
    assert_eq!(wheel.next_due(), Some(40));
    assert_eq!(wheel.advance(1000), ["c"]);
    assert_eq!(wheel.next_due(), None);
}

#[test]
fn what_is_past_is_due_at_the_next_tick() {
    let mut wheel = Wheel::new(10, 100);
    wheel.advance(500);
    assert_eq!(wheel.insert(100, ()), 510);
    assert_eq!(wheel.advance(510).len(), 1);
}

#[test]
fn what_is_beyond_the_span_comes_round_early() {
    let mut wheel = Wheel::new(10, 100);
    let at = wheel.insert(1_000_000, ());
    assert!(at <= 120);
    assert_eq!(wheel.advance(at).len(), 1);
}

#[test]
fn a_long_sleep_loses_nothing() {
    let mut wheel = Wheel::new(10, 100);
    for at in 0..100 {
        wheel.insert(at, at);
    }
    assert_eq!(wheel.advance(1_000_000).len(), 100);
}
