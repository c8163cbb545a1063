use super::*;

#[test]
fn only_known_sentences_are_said() {
    assert!(Notice::done(Some("password")).done.is_some());
    for word in [None, Some(""), Some("<b>"), Some("Password")] {
        assert!(Notice::done(word).done.is_none(), "{word:?}");
    }
}
