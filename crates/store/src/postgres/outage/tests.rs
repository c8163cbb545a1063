use super::*;

#[test]
fn whoever_asks_too_early_is_refused_at_once() {
    let mut outage = Outage::default();
    assert!(outage.may_try().is_ok());
    outage.begins("down".into());
    assert!(matches!(outage.may_try(), Err(Cause::Away(reason)) if reason == "down"));
    outage.is_over();
    assert!(outage.may_try().is_ok());
}

#[test]
fn of_many_one_tries_again() {
    let mut outage = Outage::default();
    outage.begins("down".into());
    outage.0.as_mut().unwrap().again = Instant::now();
    assert!(outage.may_try().is_ok());
    assert!(outage.may_try().is_err(), "somebody tries already");
}

#[test]
fn it_is_tried_less_and_less_often_but_never_given_up() {
    let mut outage = Outage::default();
    // Whoever had begun before counts as one.
    for _ in 0..100 {
        outage.begins("down".into());
    }
    assert_eq!(outage.0.as_ref().unwrap().delay, FIRST);
    let mut last = FIRST;
    for _ in 0..20 {
        outage.0.as_mut().unwrap().again = Instant::now();
        outage.may_try().unwrap();
        outage.begins("down".into());
        let delay = outage.0.as_ref().unwrap().delay;
        assert_eq!(delay, (last * 2).min(MOST));
        last = delay;
    }
    assert_eq!(last, MOST);
}

#[test]
fn nodes_do_not_try_at_the_same_moment() {
    let delays: std::collections::HashSet<Duration> = (0..20).map(|_| jittered(MOST)).collect();
    assert!(delays.len() > 1, "{delays:?}");
    assert!(delays.iter().all(|delay| (MOST / 2..=MOST).contains(delay)), "{delays:?}");
}
