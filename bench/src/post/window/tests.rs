use std::time::Duration;

use super::*;

#[test]
fn groups_are_named_numbers() {
    let group = Group { name: "nodes".to_owned(), ids: vec![12, 7] };
    assert_eq!("nodes=12,7".parse(), Ok(group));
    for wrong in ["12", "nodes", "nodes=", "nodes=12,", "nodes=x"] {
        assert!(wrong.parse::<Group>().is_err(), "{wrong}");
    }
}

#[test]
fn what_was_before_does_not_count() {
    let at = Instant::now();
    let moment = |seconds: u64, delivered, cpu: f64| Moment {
        at: at + Duration::from_secs(seconds),
        acknowledged: delivered / 100,
        delivered,
        frames: delivered / 4,
        groups: vec![("redis".to_owned(), Cpu { user: cpu, system: cpu })],
        own: Cpu { user: cpu, system: 0.0 },
    };
    let window = moment(1, 1_000, 5.0).until(&moment(5, 2_001_000, 6.0));
    let expected = json!({
        "window_s": 4.0, "window_posts_per_s": 5_000.0, "window_deliveries_per_s": 500_000.0,
        "window_messages_per_frame": 4.0, "window_load_cores": 0.25, "window_redis_us": 1.0,
    });
    assert_eq!(window, expected);
}
