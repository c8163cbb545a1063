use super::*;

#[test]
fn targets_say_what_they_mean() {
    let target = Target::AtMost(1.25, Ceiling);
    assert!(target.is_met_by(1.25) && !target.is_met_by(1.26));
    assert_eq!(target.text(Unit::Seconds), "≤ 1.25 × ceiling");
    assert_eq!(target.ratio_text(1.0667), "1.07 × ceiling");
    let target = Target::Below(18.0, Node);
    assert!(target.is_met_by(1.0 / 20.0) && !target.is_met_by(1.0 / 17.0));
    assert_eq!(target.text(Unit::Seconds), "≤ Node ÷ 18");
    assert_eq!(target.ratio_text(0.05), "Node ÷ 20.0");
    let target = Target::AtLeast(1.25, Socketioxide, 2.0);
    assert!(target.is_met_by(1.3) && !target.is_met_by(1.2));
    assert_eq!(target.text(Unit::Count), "≥ 1.25 × socketioxide (wish 2)");
    let target = Target::Limit(5.0, Some(4.0));
    assert!(target.is_met_by(4.9) && !target.is_met_by(5.1));
    assert_eq!(target.text(Unit::Kib), "≤ 5.00 KiB (wish 4.00 KiB)");
    assert!(!target.is_met_by(f64::NAN));
}

#[test]
fn numbers_carry_their_units() {
    assert_eq!(Unit::Seconds.text(5.0123), "5.012 s");
    assert_eq!(Unit::Milliseconds.text(1234.0), "1.23 ms");
    assert_eq!(Unit::Microseconds.text(64.6), "65 µs");
    assert_eq!(Unit::Kib.text(4.987), "4.99 KiB");
    assert_eq!(Unit::Count.text(23_456.0), "23,456");
    assert_eq!(Unit::Part.text(0.126), "0.13");
}

#[test]
fn each_job_compares_with_servers_that_it_measures() {
    for job in JOBS {
        for target in job.figures.iter().flat_map(|figure| figure.targets) {
            assert!(target.other().is_none_or(|other| job.contenders.contains(&other)), "{}", job.name);
        }
        assert!(job.contenders.contains(&Chinwag), "{}", job.name);
        assert!(JOBS.iter().filter(|other| other.name == job.name).count() == 1, "{}", job.name);
    }
}

#[test]
fn how_long_is_put_in() {
    let options = Options::parse(&["seconds=7".to_owned()], &[], &[]).unwrap();
    let of = |name: &str| JOBS.iter().find(|job| job.name == name).unwrap().arguments(&options);
    assert!(of("one").ends_with(&["--seconds".to_owned(), "7".to_owned()]));
    assert!(of("idle").ends_with(&["--hold".to_owned(), "60".to_owned()]));
}
