use super::percentile;

#[test]
fn percentiles_are_samples() {
    let hundred: Vec<u32> = (1..=100).collect();
    assert_eq!(percentile(&hundred, 0.5), 51);
    assert_eq!(percentile(&hundred, 0.99), 100);
    assert_eq!(percentile(&hundred, 1.0), 100);
    assert_eq!(percentile(&hundred, 0.0), 1);
    assert_eq!(percentile(&[7], 0.99), 7);
    assert_eq!(percentile(&[], 0.5), 0);
}
