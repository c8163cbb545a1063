use super::*;

const PENALTY: Penalty = Penalty {
    free: 2,
    first: Duration::from_secs(1),
    longest: Duration::from_secs(5),
    memory: Duration::from_secs(100),
};

/// A try at that time: how many seconds one has to wait, if one has to.
fn attempt(penalties: &Penalties, now: Instant) -> Option<u64> {
    penalties.attempt("a", PENALTY, now).map(|left| left.as_secs())
}

#[test]
fn waits_double_up_to_the_longest_and_are_forgotten() {
    let penalties = Penalties::default();
    let mut now = Instant::now();
    let mut waits = Vec::new();
    for _ in 0..6 {
        assert_eq!(attempt(&penalties, now), None, "who has waited may try");
        // Another try right after it says how long the wait is.
        let wait = penalties.lock().get("a").map_or(0, |record| (record.blocked_until - now).as_secs());
        if wait > 0 {
            assert_eq!(attempt(&penalties, now), Some(wait));
        }
        waits.push(wait);
        now += Duration::from_secs(wait);
    }
    assert_eq!(waits, [0, 0, 1, 2, 4, 5]);
    // Who stays away long enough begins anew.
    now += Duration::from_secs(101);
    for _ in 0..3 {
        assert_eq!(attempt(&penalties, now), None);
    }
    assert_eq!(attempt(&penalties, now), Some(1));
    penalties.pardon("a");
    assert_eq!(attempt(&penalties, now), None);
}

#[test]
fn many_at_once_are_no_more_than_after_each_other() {
    let penalties = Penalties::default();
    let now = Instant::now();
    let tried = (0..100).filter(|_| attempt(&penalties, now).is_none()).count();
    assert_eq!(tried, 3, "two that cost nothing, and the one after which there is a wait");
}

#[test]
fn any_number_of_failures_has_a_wait() {
    assert_eq!(wait(u32::MAX, PENALTY), PENALTY.longest);
    assert_eq!(wait(0, PENALTY), Duration::ZERO);
}

#[test]
fn the_number_of_keys_is_bounded_and_the_worst_stay() {
    let penalties = Penalties::default();
    let now = Instant::now();
    for _ in 0..3 {
        penalties.attempt("a", PENALTY, now);
    }
    for number in 0..KEYS * 2 {
        penalties.attempt(&format!("key {number}"), PENALTY, now);
    }
    assert!(penalties.lock().len() <= KEYS);
    assert!(attempt(&penalties, now).is_some());
}

#[test]
fn what_came_to_no_end_does_not_count() {
    let penalties = Penalties::default();
    let now = Instant::now();
    for _ in 0..100 {
        assert_eq!(attempt(&penalties, now), None);
        penalties.take_back("a", PENALTY, now);
    }
    for _ in 0..3 {
        assert_eq!(attempt(&penalties, now), None);
    }
    penalties.take_back("a", PENALTY, now);
    assert_eq!(attempt(&penalties, now), None, "the wait was for three failures, and there are two");
    assert!(attempt(&penalties, now).is_some());
}
