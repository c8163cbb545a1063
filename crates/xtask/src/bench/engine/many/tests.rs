use super::*;

#[test]
fn connections_are_shared_out_evenly_and_all() {
    for most_files in [1_500, 20_000, 33_533, 100_200, u64::MAX] {
        let shares = shares(most_files).unwrap();
        assert_eq!(shares.iter().sum::<u64>(), CONNECTIONS);
        let (least, most) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
        assert!(most - least <= 1 && most + OTHER_FILES <= most_files, "{shares:?}");
    }
    assert_eq!(shares(20_000).unwrap().len(), 6);
    assert_eq!(shares(25_000 + OTHER_FILES).unwrap(), [25_000; 4]);
    assert_eq!(shares(u64::MAX).unwrap(), [CONNECTIONS]);
    assert!(shares(1_024).is_err());
}
