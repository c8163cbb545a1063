use super::*;

#[test]
fn every_purpose_has_a_connection_however_few_there_are() {
    for most in 0..200 {
        let shares = Shares::of(most);
        let Shares { reading, posting, writing } = shares;
        assert!(reading >= 1 && posting >= 1 && writing >= 1, "{most}: {shares:?}");
        assert_eq!(1 + reading + posting + writing, most.max(4), "{shares:?}");
        assert!(posting <= POSTING, "{shares:?}");
    }
    assert_eq!(Shares::of(18), Shares { reading: 6, posting: 4, writing: 7 });
}
