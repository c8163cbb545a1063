use super::*;

const IDS: [&str; 3] = ["AAAAAAAAAAAAAAAAAAAAAA", "BAAAAAAAAAAAAAAAAAAAAA", "CAAAAAAAAAAAAAAAAAAAAA"];

fn ids() -> [SocketId; 3] {
    IDS.map(|id| id.parse().unwrap())
}

#[test]
fn each_ends_when_its_time_is_over() {
    let expiries = Expiries::default();
    let [one, two, three] = ids();
    expiries.watch(two, Millis(2_000), "two");
    expiries.watch(one, Millis(1_000), "one");
    expiries.watch(three, Millis(2_000), "three");
    assert_eq!(expiries.due(Millis(999)), (vec![], Some(Duration::from_millis(1))));
    assert_eq!(expiries.due(Millis(1_000)), (vec!["one"], Some(Duration::from_secs(1))));
    // However far the clock is set.
    let (mut due, next) = expiries.due(Millis(i64::MAX));
    due.sort_unstable();
    assert_eq!((due, next), (vec!["three", "two"], None));
}

#[test]
fn one_that_is_refreshed_ends_later_and_one_that_has_ended_is_not_refreshed() {
    let expiries = Expiries::default();
    let [one, two, _] = ids();
    expiries.watch(one, Millis(1_000), "one");
    assert!(expiries.put_off(one, Millis(1_000), Millis(5_000)));
    assert!(!expiries.put_off(one, Millis(1_000), Millis(9_000)), "that is not its end any more");
    assert!(!expiries.put_off(two, Millis(5_000), Millis(9_000)), "nobody knows it");
    assert_eq!(expiries.due(Millis(4_999)), (vec![], Some(Duration::from_millis(1))));
    assert_eq!(expiries.due(Millis(5_000)), (vec!["one"], None));
    assert!(!expiries.put_off(one, Millis(5_000), Millis(9_000)), "it is ending");
}

#[test]
fn nothing_is_kept_of_one_that_is_gone() {
    let expiries = Expiries::default();
    let [one, ..] = ids();
    expiries.watch(one, Millis(1_000), "one");
    expiries.forget(one, Millis(1_000));
    assert_eq!(expiries.due(Millis(2_000)), (vec![], None));
}

#[test]
fn not_all_are_ended_in_one_go() {
    let expiries = Expiries::default();
    let [one, ..] = ids();
    for time in 0..600 {
        expiries.watch(one, Millis(time), time);
    }
    let counts: Vec<usize> = (0..4).map(|_| expiries.due(Millis(1_000)).0.len()).collect();
    assert_eq!(counts, [256, 256, 88, 0]);
}
