use proptest::prelude::*;

use super::*;

fn sid() -> SessionId {
    SessionId::random().unwrap()
}

#[test]
fn an_id_with_a_prefix_reads_back() {
    let (prefix, sid) = (SessionPrefix::new([7; 16]), sid());
    let text = whole(Some(prefix), sid);
    assert_eq!(text.len(), 2 * TEXT);
    assert!(text.starts_with(&prefix.to_string()));
    assert!(ours(Some(prefix), &text) == Some(sid));
    assert_eq!(SessionPrefix::of_request(&format!("a=b&sid={text}&t=1")), Some(prefix));
}

#[test]
fn ids_of_other_servers_are_not_ours() {
    let (prefix, sid) = (SessionPrefix::new([7; 16]), sid());
    let other = Some(SessionPrefix::new([8; 16]));
    assert!(ours(other, &whole(Some(prefix), sid)).is_none());
    assert!(ours(other, &whole(None, sid)).is_none(), "one of a server without a prefix");
    assert!(ours(None, &whole(Some(prefix), sid)).is_none());
    assert!(ours(None, &whole(None, sid)) == Some(sid));
}

#[test]
fn a_request_without_such_an_id_is_nobodys() {
    let whole = whole(Some(SessionPrefix::new([7; 16])), sid());
    let mut short = whole.clone();
    short.pop();
    for query in ["", "sid=", "sid", "sid=abc", &format!("sid={}", sid()), &format!("sid={short}")] {
        assert_eq!(SessionPrefix::of_request(query), None, "{query}");
    }
    assert_eq!(SessionPrefix::of_request(&format!("sid={whole}A")), None);
    // The first one counts, as for the engine.
    assert_eq!(SessionPrefix::of_request(&format!("sid=abc&sid={whole}")), None);
}

proptest! {
    #[test]
    fn any_query_is_read(query in ".{0,200}") {
        let _ = SessionPrefix::of_request(&query);
        let _ = SessionPrefix::of_request(&format!("sid={query}"));
    }
}
