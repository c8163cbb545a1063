use super::{networks, public_url};

fn url(text: &str) -> Result<String, String> {
    public_url(text).map(|url| url.map_or_else(String::new, |url| url.to_string()))
}

#[test]
fn an_address_for_people_is_written_as_browsers_send_it() {
    for (given, kept) in [
        ("", ""),
        ("https://chat.example.org", "https://chat.example.org/"),
        ("https://chat.example.org/", "https://chat.example.org/"),
        ("https://chat.example.org:443", "https://chat.example.org/"),
        ("https://chat.example.org:8443", "https://chat.example.org:8443/"),
        ("HTTP://Localhost:3000", "http://localhost:3000/"),
        ("http://[::1]:80", "http://[::1]/"),
        ("http://[::1]:3000", "http://[::1]:3000/"),
        ("https://bücher.example", "refused"),
    ] {
        let found = url(given);
        if kept == "refused" {
            assert_eq!(found, Err(given.to_owned()));
        } else {
            assert_eq!(found.as_deref(), Ok(kept), "{given}");
        }
    }
}

#[test]
fn what_is_no_address_for_people_is_refused() {
    for text in [
        "chat.example.org",
        "localhost:3000",
        "ftp://chat.example.org",
        "https://",
        "https://chat.example.org/chat",
        "https://chat.example.org?a",
        "https://chat.example.org#a",
        "https://ada:secret@chat.example.org",
        "https://chat.example.org:0",
        "https://chat.example.org:70000",
        "https://chat.example.org:",
        "https://chat example.org",
        " ",
    ] {
        assert_eq!(url(text), Err(text.to_owned()));
    }
}

#[test]
fn networks_are_addresses_or_ranges() {
    let parse = |list: &[&str]| networks(&list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>());
    let shown = |list: &[&str]| parse(list).unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(shown(&["127.0.0.1", "::1"]), ["127.0.0.1/32", "::1/128"]);
    assert_eq!(shown(&["10.1.2.3/8", "fd00::/8"]), ["10.0.0.0/8", "fd00::/8"]);
    // Peers are compared in this form.
    assert_eq!(shown(&["::ffff:10.0.0.1"]), ["10.0.0.1/32"]);
    for bad in ["localhost", "10.0.0.0/33", "10.0.0", ""] {
        assert_eq!(parse(&["127.0.0.1", bad]), Err(bad.to_owned()));
    }
}
