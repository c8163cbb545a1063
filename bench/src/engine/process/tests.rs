use super::*;

const REST: &str = "S 1 2 3 4 5 6 7 8 9 10 611 212 13 14 20 0 5 0 100 1000";

#[test]
fn ticks_are_found_behind_any_name() {
    for name in ["node", "tokio-rt worker", "a) S 1 (b", "((", "x)"] {
        assert_eq!(ticks(&format!("42 ({name}) {REST}\n")), Some((611, 212)), "{name}");
    }
    assert_eq!(ticks(""), None);
    assert_eq!(ticks("42 (node) S 1 2"), None);
}

#[test]
fn resident_memory_is_that_line_alone() {
    let status = "Name:\tVmRSS\nVmHWM:\t  999 kB\nVmRSS:\t   1234 kB\nRssAnon:\t 5 kB\n";
    assert_eq!(resident(status), Some(1234));
    assert_eq!(resident("Name:\tnode\n"), None);
}

#[test]
fn this_process_has_used_time_and_memory() {
    let own = Processes::own();
    assert!(own.cpu().total() >= 0.0);
    assert!(own.resident_kib() > 100.0);
    let both = Processes::of(&[std::process::id(), std::process::id()]);
    assert!(both.resident_kib() > own.resident_kib());
    assert!(Processes::of(&[]).cpu().total().is_nan());
}
