//! Days and times, for people.

/// A day in milliseconds.
const DAY: i64 = 86_400_000;

/// The minute of a time in milliseconds since 1970, as `2026-11-21 07:05 UTC`.
pub(crate) fn minute(milliseconds: i64) -> String {
    let minutes = milliseconds.rem_euclid(DAY) / 60_000;
    format!("{} {:02}:{:02} UTC", day(milliseconds), minutes / 60, minutes % 60)
}

/// The day (UTC) of a time in milliseconds since 1970, as `2026-11-21`.
pub(crate) fn day(milliseconds: i64) -> String {
    // Howard Hinnant's `civil_from_days`: years begin in March, so that the leap day is a year's last.
    let days = milliseconds.div_euclid(DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, after) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day:02}", year + era * 400 + after)
}

#[cfg(test)]
mod tests;
