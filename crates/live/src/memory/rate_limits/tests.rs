use super::*;

const QUOTA: Quota = Quota { burst: 5, per: Duration::from_secs(60) };

#[test]
fn a_burst_is_allowed_and_then_one_for_each_part_of_the_time() {
    let buckets = Buckets::default();
    let now = Instant::now();
    for _ in 0..5 {
        assert_eq!(buckets.take("a", QUOTA, now), None);
    }
    assert_eq!(buckets.take("a", QUOTA, now), Some(Duration::from_secs(12)));
    assert_eq!(buckets.take("b", QUOTA, now), None, "each key has its own");
    let later = now + Duration::from_secs(12);
    assert_eq!(buckets.take("a", QUOTA, later), None);
    assert!(buckets.take("a", QUOTA, later).is_some());
    assert_eq!(buckets.take("a", QUOTA, now + Duration::from_secs(1_000)), None);
}

#[test]
fn the_number_of_keys_is_bounded_and_the_busy_ones_stay() {
    let buckets = Buckets::default();
    let now = Instant::now();
    for _ in 0..5 {
        buckets.take("busy", QUOTA, now);
    }
    for number in 0..KEYS * 2 {
        buckets.take(&number.to_string(), QUOTA, now);
    }
    assert!(buckets.full_at.lock().unwrap().len() <= KEYS);
    assert!(buckets.take("busy", QUOTA, now).is_some());
}
