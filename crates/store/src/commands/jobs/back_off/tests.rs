use super::*;

#[test]
fn it_doubles_up_to_an_hour() {
    let longest = |tries| back_off(tries, u32::MAX);
    assert_eq!(longest(1), FIRST);
    for tries in 2..=12 {
        assert_eq!(longest(tries), longest(tries - 1) * 2, "{tries}");
    }
    for tries in [13, 14, 32, 33, 100, u32::MAX] {
        assert_eq!(longest(tries), MOST, "{tries}");
    }
}

#[test]
fn it_is_spread_over_the_second_half() {
    for tries in [1, 5, 13, 100] {
        assert_eq!(back_off(tries, 0) * 2, back_off(tries, u32::MAX));
        let middle = back_off(tries, u32::MAX / 2).as_secs_f64() / back_off(tries, u32::MAX).as_secs_f64();
        assert!((0.74..0.76).contains(&middle), "{tries}: {middle}");
    }
}
