//! Points in time, which arrive in three forms of the specification ("Timestamp extension type") and in one of
//! notepack.io's, and leave as JavaScript writes a `Date` in JSON.

use std::io::Write as _;

/// Days from March 1st of the year 0 to 1970, in the calendar that is continued to before its beginning.
const EPOCH: i64 = 719_468;
/// 400 years.
const ERA: i64 = 146_097;
const DAY: i64 = 86_400_000;
/// The furthest that a `Date` can be from 1970 (ECMA-262, "Time Values and Time Range").
const FURTHEST: i128 = 8_640_000_000_000_000;

/// Reads a timestamp of the specification, as milliseconds since 1970. `None` if it has none of its three lengths.
pub(super) fn timestamp(data: &[u8]) -> Option<i128> {
    let (seconds, nanoseconds) = match data.len() {
        4 => (i128::from(u32::from_be_bytes(*data.first_chunk()?)), 0),
        8 => {
            let both = u64::from_be_bytes(*data.first_chunk()?);
            (i128::from(both & 0x3_ffff_ffff), i128::from(both >> 34))
        }
        12 => {
            let (nanoseconds, seconds) = data.split_first_chunk()?;
            let seconds = i64::from_be_bytes(*seconds.first_chunk()?);
            (seconds.into(), u32::from_be_bytes(*nanoseconds).into())
        }
        _ => return None,
    };
    Some((seconds * 1_000_000_000 + nanoseconds) / 1_000_000)
}

/// Writes milliseconds since 1970 as `"YYYY-MM-DDTHH:mm:ss.sssZ"`, or as `null` if that is no `Date`.
pub(super) fn write(out: &mut Vec<u8>, milliseconds: i128) {
    let milliseconds = match i64::try_from(milliseconds) {
        Ok(short) if milliseconds.abs() <= FURTHEST => short,
        _ => return out.extend_from_slice(b"null"),
    };
    // Counted from March on, so that the day that is not always there is the last of a year.
    let days = milliseconds.div_euclid(DAY) + EPOCH;
    let (era, day) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year_of_era = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = era * 400 + year_of_era + next_year;
    let time = milliseconds.rem_euclid(DAY);
    let (hours, minutes) = (time / 3_600_000, time / 60_000 % 60);
    let (seconds, thousandths) = (time / 1_000 % 60, time % 1_000);
    // Writing to a vector cannot fail.
    let _ = match year {
        0..=9999 => write!(out, "\"{year:04}"),
        _ => write!(out, "\"{year:+07}"),
    };
    let _ = write!(out, "-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}Z\"");
}
