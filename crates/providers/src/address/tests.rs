use proptest::prelude::*;

use super::*;

#[test]
fn https_goes_anywhere_and_http_to_this_machine() {
    for good in [
        "https://github.com",
        "https://sign-in.example:8443/realms/one",
        "https://10.0.0.7/",
        "http://localhost:8080/",
        "http://127.0.0.1:1/a",
        "http://127.8.8.8/",
        "http://[::1]:9000/x?y=z",
    ] {
        assert!(parse(good, Plain::OnThisMachine).is_ok(), "{good}");
    }
    for plain in [
        "http://github.com",
        "http://10.0.0.7/",
        "http://192.168.1.1/",
        "http://localhost.example/",
        "http://127.0.0.1.example/",
        "http://0.0.0.0/",
        "http://[::]/",
        "ftp://localhost/",
    ] {
        assert_eq!(parse(plain, Plain::OnThisMachine), Err(AddressFault::Plain), "{plain}");
    }
    assert_eq!(parse("http://127.0.0.1/", Plain::Nowhere), Err(AddressFault::Plain));
    assert!(parse("https://127.0.0.1/", Plain::Nowhere).is_ok());
}

#[test]
fn an_address_is_only_an_address() {
    for more in ["https://user@a.example/", "https://:secret@a.example/", "https://a.example/#x"] {
        assert_eq!(parse(more, Plain::Nowhere), Err(AddressFault::MoreThanAddress), "{more}");
    }
    for bad in ["", "github.com", "/login", "data:text/plain,x", "https://", "mailto:a@b.example"] {
        assert_eq!(parse(bad, Plain::Nowhere), Err(AddressFault::Unreadable), "{bad}");
    }
    let long = format!("https://a.example/{}", "x".repeat(BYTES));
    assert_eq!(parse(&long, Plain::Nowhere), Err(AddressFault::Unreadable));
}

proptest! {
    #[test]
    fn nothing_plain_leaves_this_machine(text in "https?://[a-z0-9.:@\\[\\]/?#-]{0,40}") {
        if let Ok(url) = parse(&text, Plain::OnThisMachine) {
            let here = matches!(url.host_str(), Some("localhost" | "[::1]"))
                || url.host_str().is_some_and(|host| host.starts_with("127."));
            prop_assert!(url.scheme() == "https" || here, "{url}");
        }
    }
}
