use super::*;

#[test]
fn ids_read_back_what_they_write() {
    let id = SocketId::random().unwrap();
    let text = id.to_string();
    assert_eq!(text.len(), TEXT);
    assert_eq!(text.parse(), Ok(id));
}

#[test]
fn other_texts_are_no_ids() {
    for text in ["", "abc", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "!!!!!!!!!!!!!!!!!!!!!!"] {
        assert_eq!(text.parse::<SocketId>(), Err(InvalidId));
    }
}
