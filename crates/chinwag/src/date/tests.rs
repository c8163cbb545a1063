use super::{day, minute};

#[test]
fn days_are_those_of_the_calendar() {
    for (milliseconds, expected) in [
        (0, "1970-01-01"),
        (-1, "1969-12-31"),
        (951_782_400_000, "2000-02-29"),
        (1_709_164_800_000, "2024-02-29"),
        (1_709_251_199_999, "2024-02-29"),
        (1_709_251_200_000, "2024-03-01"),
        (1_795_219_200_000, "2026-11-21"),
        (4_107_542_400_000, "2100-03-01"),
    ] {
        assert_eq!(day(milliseconds), expected);
    }
}

#[test]
fn minutes_begin_with_the_day() {
    assert_eq!(minute(0), "1970-01-01 00:00 UTC");
    assert_eq!(minute(-1), "1969-12-31 23:59 UTC");
    assert_eq!(minute(1_709_251_199_999), "2024-02-29 23:59 UTC");
    assert_eq!(minute(1_795_219_200_000 + 7 * 3_600_000 + 5 * 60_000), "2026-11-21 07:05 UTC");
}
