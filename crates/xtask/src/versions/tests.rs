use super::*;

#[test]
fn versions_compare_by_number() {
    assert!(version("v20.20.2\n").is_some_and(|found| found >= NODE));
    assert!(version("v22.1.0").is_some_and(|found| found >= NODE));
    assert!(version("v20.9.0").is_some_and(|found| found < NODE));
    assert_eq!(version("nonsense"), None);
}
