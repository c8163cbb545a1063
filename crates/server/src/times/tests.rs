use super::*;

#[test]
fn times_are_shown_if_a_calendar_has_them() {
    assert_eq!(machine(&Millis(1_769_862_896_789)), "2026-01-31T12:34:56Z");
    assert_eq!(human(&Millis(0)), "1970-01-01 00:00 UTC");
    for beyond in [i64::MAX, i64::MIN, 15_463_440_000_000_000] {
        assert_eq!(human(&Millis(beyond)), "");
    }
}
