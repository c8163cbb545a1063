use super::*;

#[test]
fn every_purpose_has_a_connection_however_few_there_are() {
    for most in 0..200 {
        let shares = Shares::of(most);
        let Shares { reading, posting, writing, waiting } = shares;
        assert!([reading, posting, writing, waiting].iter().all(|share| *share >= 1), "{most}: {shares:?}");
        assert_eq!(1 + reading + posting + writing + waiting, most.max(5), "{shares:?}");
        assert!(posting <= POSTING, "{shares:?}");
    }
    assert_eq!(Shares::of(18), Shares { reading: 6, posting: 4, writing: 4, waiting: 3 });
}
