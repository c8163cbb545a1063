use super::{median, thousands};

#[test]
fn numbers_are_for_people() {
    assert_eq!(thousands(7.4), "7");
    assert_eq!(thousands(1234.0), "1,234");
    assert_eq!(thousands(1_234_567.0), "1,234,567");
}

#[test]
fn the_median_is_the_middle() {
    assert!((median([9.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
}
