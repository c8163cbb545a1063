use super::*;

const REST: &str = "S 1 2 3 4 5 6 7 8 9 10 611 212 13 14 20 0 5 0 100 1000";

#[test]
fn times_are_found_behind_any_name() {
    let expected = Stat { parent: 1, own: ticks(611, 212), ended: ticks(13, 14) };
    for name in ["node", "tokio-rt worker", "a) S 1 (b", "((", "x)"] {
        assert_eq!(Stat::parse(&format!("42 ({name}) {REST}\n")), Some(expected), "{name}");
    }
    assert_eq!(Stat::parse(""), None);
    assert_eq!(Stat::parse("42 (node) S 1 2"), None);
    assert_eq!(Stat::parse("42 (node) S 1 2 3 4 5 6 7 8 9 10 611 212 13"), None);
}

fn ticks(user: u64, system: u64) -> Ticks {
    Ticks { user, system }
}

#[test]
fn a_tree_has_all_descendants_and_who_has_ended() {
    let process = |parent, own, ended| Stat { parent, own: ticks(own, 1), ended: ticks(ended, 2) };
    let all = HashMap::from([
        (10, process(1, 100, 1000)),
        (11, process(10, 200, 0)),
        (12, process(11, 400, 0)),
        // Somebody else, and a child of that.
        (20, process(1, 1, 0)),
        (21, process(20, 2, 0)),
    ]);
    assert_eq!(in_trees(&all, &[10]), Some(ticks(1700, 9)));
    assert_eq!(in_trees(&all, &[10, 21]), Some(ticks(1702, 12)));
    assert_eq!(in_trees(&all, &[]), Some(ticks(0, 0)));
    assert_eq!(in_trees(&all, &[10, 30]), None);
}

#[test]
fn a_child_that_has_ended_still_counts() {
    let own = std::process::id();
    let before = cpu_of_trees(&[own]).total();
    let busy = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
    assert!(std::process::Command::new("sh").args(["-c", busy]).status().unwrap().success());
    assert!(cpu_of_trees(&[own]).total() > before);
    assert!(cpu_of_trees(&[u32::MAX]).total().is_nan());
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
