use std::io::ErrorKind;

use super::first_line;

#[test]
fn the_first_line_is_the_password_and_nothing_else_is_taken_away() {
    for (given, password) in [
        ("correct horse\n", "correct horse"),
        ("correct horse\r\n", "correct horse"),
        ("correct horse", "correct horse"),
        (" spaces stay \nnot this", " spaces stay "),
        ("\n", ""),
    ] {
        assert_eq!(first_line(given.as_bytes()).unwrap(), password);
    }
}

#[test]
fn no_password_is_told_from_an_empty_one() {
    assert_eq!(first_line(&b""[..]).unwrap_err().kind(), ErrorKind::UnexpectedEof);
    assert_eq!(first_line(&b"\xff\n"[..]).unwrap_err().kind(), ErrorKind::InvalidData);
}
