use super::*;

#[test]
fn only_what_was_asked_during_a_fan_out_counts() {
    let asked = |at: u64, took: u64| Asked { at: at * 1000, answered: (at + took) * 1000 };
    let fan_outs = [(10_000, 20_000), (30_000, 40_000)];
    let all = [
        asked(9, 100),
        asked(10, 7),
        asked(19, 3),
        asked(20, 100),
        asked(25, 100),
        asked(35, 5),
        asked(40, 100),
        asked(50, 100),
    ];
    assert_eq!(during(&fan_outs, &all), [3, 5, 7]);
    assert_eq!(during(&[], &all), [0_u32; 0]);
}
