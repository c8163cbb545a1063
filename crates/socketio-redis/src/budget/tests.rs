use super::Budget;

#[test]
fn what_is_held_is_bounded_and_given_back() {
    let budget = Budget::new(10);
    let one = budget.hold(6).unwrap();
    assert!(budget.hold(5).is_none());
    let other = budget.hold(4).unwrap();
    assert!(budget.hold(1).is_none());
    drop(one);
    assert!(budget.hold(6).is_some());
    drop(other);
    let large = budget.hold(1_000);
    assert!(large.is_some(), "nothing else is held");
    assert!(budget.hold(1).is_none());
}
