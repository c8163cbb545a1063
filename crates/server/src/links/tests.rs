use super::*;

#[test]
fn a_secret_is_cut_off_however_it_is_written() {
    let token = Token::random().unwrap();
    let secret = token.expose();
    for page in [INVITATION, RESET, FIRST_ADMINISTRATOR, "//reset/", "/Reset/", "/a/b/"] {
        assert_eq!(loggable(&format!("{page}{secret}")), page);
    }
    for odd in [format!("/reset%2F{secret}"), format!("/reset/{secret}/x"), format!("/{secret}{secret}")] {
        assert!(!loggable(&odd).contains(secret), "{odd}");
    }
    let (first, second) = secret.split_at(20);
    let (one, rest) = second.split_at(1);
    let escaped = format!("/reset/{first}%{:02X}{rest}", one.as_bytes()[0]);
    assert_eq!(loggable(&escaped), "/reset/");
    let room = "/rooms/01a200f3-727f-779f-942c-8a7b685b539c/members/018f0000-0000-7000-8000-000000000000";
    assert_eq!(loggable(room), room);
}
