use super::*;

#[test]
fn the_tick_is_small_beside_every_interval() {
    for (ping_interval, ping_timeout, connect_timeout) in [
        (25_000, 20_000, Some(45_000)),
        (300, 200, Some(1_000)),
        (25_000, 20_000, Some(100)),
        (3_600_000, 16, None),
    ] {
        let timing = Timing { ping_interval, ping_timeout, connect_timeout, grace: 2_000 };
        let tick = tick(&timing);
        let shortest = ping_interval.min(ping_timeout).min(connect_timeout.unwrap_or(u64::MAX));
        assert!((1..=shortest / 16).contains(&tick), "{tick} for {timing:?}");
    }
}
