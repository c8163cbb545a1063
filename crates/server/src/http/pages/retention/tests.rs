use chinwag_model::retention::Announced;

use super::*;

const NOW: Millis = Millis(1_795_435_200_000);

fn days(days: u32) -> Days {
    Days::new(days).unwrap()
}

#[test]
fn a_rule_says_what_holds_and_what_will() {
    let next = |number| Some(Announced { days: days(number), from: Millis(NOW.0 + 60_000) });
    let said = |kept: Option<u32>, next, now| rule(Retention { days: kept.map(days), next }, now);
    assert_eq!(said(None, None, NOW), None);
    assert_eq!(said(Some(30), None, NOW).unwrap(), "Messages are kept for 30 days.");
    let future = "From 2026-11-23 12:01 UTC on, messages older than 1 day are removed.";
    assert_eq!(said(None, next(1), NOW).unwrap(), future);
    assert_eq!(said(Some(30), next(1), NOW).unwrap(), format!("Messages are kept for 30 days. {future}"));
    assert_eq!(
        said(Some(30), next(1), NOW.plus(std::time::Duration::from_secs(60))).unwrap(),
        "Messages are kept for 1 day."
    );
}

#[test]
fn a_line_says_what_somebody_has_set() {
    assert_eq!(
        line(Some(&days(7)), &NOW),
        "set that from 2026-11-23 12:00 UTC on, messages older than 7 days are removed"
    );
    assert_eq!(line(None, &NOW), "set that messages are kept for ever");
}
