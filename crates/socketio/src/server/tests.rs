use super::*;

#[test]
fn only_shortages_are_waited_for() {
    for (code, shortage) in [(24, true), (23, true), (12, true), (103, false), (104, false), (4, false)] {
        assert_eq!(is_shortage(&io::Error::from_raw_os_error(code)), shortage, "{code}");
    }
}
