//! Times, as the plain pages show them.

use chinwag_model::Millis;

#[cfg(test)]
mod tests;

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
