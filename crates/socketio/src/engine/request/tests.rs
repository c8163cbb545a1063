use super::*;

#[test]
fn queries_are_read() {
    let query = Query::parse("EIO=4&transport=polling&t=abc&sid=xyz");
    assert_eq!((query.protocol, query.transport, query.sid), (Some("4"), Some("polling"), Some("xyz")));
    let query = Query::parse("");
    assert_eq!((query.protocol, query.transport, query.sid), (None, None, None));
    assert_eq!(Query::parse("sid=&EIO").sid, None);
}
