use super::*;

fn counts(passed: u64, failed: u64, skipped: u64) -> Counts {
    Counts { passed, failed, skipped }
}

#[test]
fn cargos_lines_are_summed() {
    let output = "running 3 tests\n\
        test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.00s\n\
        test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s\n";
    assert_eq!(Runner::Cargo.read(output), counts(13, 2, 1));
}

#[test]
fn what_says_that_it_is_left_out_has_not_passed() {
    let output = "running 3 tests\n\nleft out of this run: a_full_disk: only root can make one\n\
        test a_full_disk ... ok\n\
        test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.00s\n";
    assert_eq!(Runner::Cargo.read(output), counts(2, 0, 2));
}

#[test]
fn nodes_lines_are_read() {
    let output = "ℹ tests 9\nℹ suites 2\nℹ pass 5\nℹ fail 1\nℹ cancelled 1\nℹ skipped 2\nℹ todo 0\n";
    assert_eq!(Runner::Node.read(output), counts(5, 2, 2));
}

#[test]
fn vitests_line_is_read_through_its_colours() {
    let output = " Test Files  1 passed (1)\n\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[31m2 failed\u{1b}[39m\
        \u{1b}[22m\u{1b}[2m | \u{1b}[22m\u{1b}[32m40 passed\u{1b}[39m | 1 skipped (43)\n";
    assert_eq!(Runner::Vitest.read(output), counts(40, 2, 1));
}

#[test]
fn the_last_line_is_the_one_that_readers_of_it_expect() {
    assert_eq!(counts(12, 0, 3).to_string(), "12 passed, 0 failed, 3 skipped");
}
