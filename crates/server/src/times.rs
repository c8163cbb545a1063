//! Times, as the plain pages show them.

use chinwag_model::Millis;

/// A time in the form that `<time datetime>` takes, such as `2026-01-31T12:34:56Z`.
pub(crate) fn machine(at: &Millis) -> String {
    calendar(at).map_or_else(String::new, |date| {
        let (year, month, day, hour, minute, second) = date;
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    })
}

/// A time for people, such as `2026-01-31 12:34 UTC`.
pub(crate) fn human(at: &Millis) -> String {
    calendar(at).map_or_else(String::new, |date| {
        let (year, month, day, hour, minute, _) = date;
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC")
    })
}

type Date = (i32, u8, u8, u8, u8, u8);

fn calendar(at: &Millis) -> Option<Date> {
    // A time that no calendar has is none.
    let time = cookie::time::OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1_000)).ok()?;
    Some((time.year(), time.month().into(), time.day(), time.hour(), time.minute(), time.second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_if_a_calendar_has_them() {
        assert_eq!(machine(&Millis(1_769_862_896_789)), "2026-01-31T12:34:56Z");
        assert_eq!(human(&Millis(0)), "1970-01-01 00:00 UTC");
        for beyond in [i64::MAX, i64::MIN, 15_463_440_000_000_000] {
            assert_eq!(human(&Millis(beyond)), "");
        }
    }
}
