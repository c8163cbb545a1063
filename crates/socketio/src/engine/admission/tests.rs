use super::*;

#[test]
fn who_is_gone_leaves_nothing() {
    let mut counts = Counts::default();
    let [one, other] = [1, 2].map(|last| Some(IpAddr::from([192, 0, 2, last])));
    assert_eq!(counts.enter(3, 2, one), Ok(()));
    assert_eq!(counts.enter(3, 2, one), Ok(()));
    assert_eq!(counts.enter(3, 2, one), Err(Crowded::Address));
    assert_eq!(counts.enter(3, 2, other), Ok(()));
    assert_eq!(counts.enter(3, 2, None), Err(Crowded::Server));
    counts.leave(one);
    assert_eq!(counts.enter(3, 2, None), Ok(()));
    for address in [one, other, None] {
        counts.leave(address);
    }
    assert_eq!((counts.all, counts.by_address.len()), (0, 0));
}

#[test]
fn neighbours_in_ipv6_are_one_address() {
    let counted = |text: &str| counted(text.parse().unwrap()).to_string();
    assert_eq!(counted("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    assert_eq!(counted("::ffff:192.0.2.7"), "192.0.2.7");
    assert_eq!(counted("192.0.2.7"), "192.0.2.7");
}
