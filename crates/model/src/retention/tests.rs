use super::*;

const NOW: Millis = Millis(1_800_000_000_000);

fn days(days: u32) -> Option<Days> {
    Some(Days::new(days).unwrap())
}

fn kept(days: Option<Days>) -> Retention {
    Retention { days, next: None }
}

fn announced(days: u32, from: Millis) -> Option<Announced> {
    Some(Announced { days: Days::new(days).unwrap(), from })
}

#[test]
fn a_rule_names_a_day_to_a_hundred_years() {
    for good in [1, 30, 36_500] {
        assert_eq!(Days::new(good).unwrap().get(), good);
    }
    for bad in [0, 36_501, u32::MAX] {
        assert_eq!(Days::new(bad), Err(Refusal::RetentionInvalid));
        assert!(serde_json::from_str::<Days>(&bad.to_string()).is_err());
    }
}

#[test]
fn what_removes_more_holds_a_day_later() {
    let later = NOW.plus(NOTICE);
    for (before, set) in [(None, 30), (days(31), 30), (days(2), 1)] {
        let (rule, from) = kept(before).with(days(set), NOW);
        assert_eq!((rule, from), (Retention { days: before, next: announced(set, later) }, later));
        assert_eq!(rule.at(Millis(later.0 - 1)), rule, "until then the old one holds");
        assert_eq!(rule.at(later), kept(days(set)));
    }
}

#[test]
fn what_removes_less_holds_at_once() {
    for (before, set) in [(days(30), None), (days(30), days(31)), (days(30), days(30)), (None, None)] {
        assert_eq!(kept(before).with(set, NOW), (kept(set), NOW));
    }
}

#[test]
fn what_was_told_is_replaced_unless_it_is_the_same() {
    let told = Retention { days: days(90), next: announced(30, Millis(NOW.0 + 1_000)) };
    let later = NOW.plus(NOTICE);
    assert_eq!(told.with(days(30), NOW), (told, Millis(NOW.0 + 1_000)));
    assert_eq!(told.with(days(7), NOW).0, Retention { days: days(90), next: announced(7, later) });
    assert_eq!(told.with(days(60), NOW).0, Retention { days: days(90), next: announced(60, later) });
    for taken_back in [days(90), days(91), None] {
        assert_eq!(told.with(taken_back, NOW), (kept(taken_back), NOW));
    }
    // Whatever has been done about it, what was to hold by now holds.
    let passed = Retention { days: days(90), next: announced(30, NOW) };
    assert_eq!(passed.with(days(60), NOW), (kept(days(60)), NOW));
}

#[test]
fn days_are_counted_in_milliseconds() {
    let day = Days::new(1).unwrap();
    assert_eq!((day.before(NOW), day.after(NOW)), (Millis(NOW.0 - 86_400_000), Millis(NOW.0 + 86_400_000)));
}

#[test]
fn it_is_written_as_documented() {
    let told = Retention { days: days(90), next: announced(30, Millis(5)) };
    for (rule, json) in [
        (kept(None), r#"{"days":null}"#),
        (kept(days(30)), r#"{"days":30}"#),
        (told, r#"{"days":90,"next":{"days":30,"from":5}}"#),
    ] {
        assert_eq!(serde_json::to_string(&rule).unwrap(), json);
        assert_eq!(serde_json::from_str::<Retention>(json).unwrap(), rule);
    }
}
