use super::*;

#[test]
fn sizes_have_three_digits() {
    for (bytes, text) in [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.00 kB"),
        (9_995, "10.0 kB"),
        (99_950, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.00 MB"),
        (284_168_192, "284 MB"),
        (12_345_678_900, "12.3 GB"),
        (u64::MAX, "18447 PB"),
    ] {
        assert_eq!(Size(bytes).to_string(), text, "{bytes}");
    }
}

#[test]
fn the_line_tells_how_far_it_is_and_is_short() {
    let at = |part, done, all| line(At { part, done, all }, Duration::from_secs(2));
    assert_eq!(at(Part::Copying, 0, 0), "copying …");
    assert_eq!(
        at(Part::Copying, 50_000_000, 200_000_000),
        "copying  [#######.......................]  25 %  50.0 MB of 200 MB  25.0 MB/s"
    );
    assert_eq!(at(Part::Checking, 0, 0), "checking …");
    assert!(at(Part::Sealing, 7, 7).contains("[##############################] 100 %"));
    for done in [0, 99_949_999_999, 999_499_999_999] {
        assert!(at(Part::Sealing, done, 999_499_999_999).chars().count() < 80);
    }
}
