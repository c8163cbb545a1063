use super::*;

const PENALTY: Penalty = Penalty {
    free: 2,
    first: Duration::from_secs(1),
    longest: Duration::from_secs(5),
    memory: Duration::from_secs(100),
};

fn left(penalties: &Penalties, now: Instant) -> Option<u64> {
    remaining(penalties.blocked_until("a"), now).map(|left| left.as_secs())
}

#[test]
fn waits_double_up_to_the_longest_and_are_forgotten() {
    let penalties = Penalties::default();
    let now = Instant::now();
    let waits: Vec<_> = (0..6)
        .map(|_| {
            penalties.punish("a", PENALTY, now);
            left(&penalties, now)
        })
        .collect();
    assert_eq!(waits, [None, None, Some(1), Some(2), Some(4), Some(5)]);
    assert_eq!(left(&penalties, now + Duration::from_secs(5)), None);
    // Who waits long enough begins anew; who does not goes on.
    penalties.punish("a", PENALTY, now + Duration::from_secs(50));
    assert_eq!(left(&penalties, now + Duration::from_secs(50)), Some(5));
    let later = now + Duration::from_secs(200);
    penalties.punish("a", PENALTY, later);
    assert_eq!(left(&penalties, later), None);
    for _ in 0..3 {
        penalties.punish("a", PENALTY, later);
    }
    penalties.pardon("a");
    assert_eq!(left(&penalties, later), None);
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
    for _ in 0..6 {
        penalties.punish("a", PENALTY, now);
    }
    for number in 0..KEYS * 2 {
        penalties.punish(&format!("key {number}"), PENALTY, now);
    }
    assert!(penalties.lock().len() <= KEYS);
    assert!(left(&penalties, now).is_some());
}
