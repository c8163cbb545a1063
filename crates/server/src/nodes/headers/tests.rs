use http::header::{CONTENT_LENGTH, COOKIE, HOST, ORIGIN};

use super::*;

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let parse = |&(name, value): &(&str, &str)| -> (HeaderName, HeaderValue) {
        (name.parse().unwrap(), value.parse().unwrap())
    };
    lines.iter().map(parse).collect()
}

fn told(address: &str, https: bool) -> Told {
    Told { address: address.parse().unwrap(), https }
}

#[test]
fn what_is_for_one_connection_stays_there() {
    let mut given = headers(&[
        ("host", "chat.example"),
        ("origin", "https://chat.example"),
        ("cookie", "session=abc"),
        ("content-length", "5"),
        ("connection", "keep-alive, X-Mine"),
        ("x-mine", "1"),
        ("keep-alive", "timeout=5"),
        ("te", "trailers"),
        ("transfer-encoding", "chunked"),
        ("proxy-authorization", "Basic abc"),
        ("upgrade", "h2c"),
        ("expect", "100-continue"),
    ]);
    pass_on(&mut given, &told("203.0.113.7", true), false);
    let mut names: Vec<&str> = given.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    let expected = [CONTENT_LENGTH, COOKIE, HOST, ORIGIN, CLIENT];
    assert_eq!(names, expected.each_ref().map(HeaderName::as_str));
}

#[test]
fn an_upgrade_is_passed_on() {
    let mut given = headers(&[
        ("connection", "Upgrade, keep-alive"),
        ("upgrade", "websocket"),
        ("sec-websocket-key", "abc"),
        ("keep-alive", "timeout=5"),
    ]);
    strip(&mut given, true);
    let expected = [("connection", "upgrade"), ("upgrade", "websocket"), ("sec-websocket-key", "abc")];
    assert_eq!(given, headers(&expected));
}

#[test]
fn who_the_client_is_is_read_as_it_was_written() {
    for client in [told("203.0.113.7", true), told("2001:db8::1", false)] {
        let mut given =
            headers(&[("x-chinwag-client", "198.51.100.1 https"), ("x-forwarded-for", "1.2.3.4")]);
        pass_on(&mut given, &client, false);
        assert_eq!(given.get_all(CLIENT).into_iter().count(), 1, "what the client made up is gone");
        assert_eq!(take(&mut given), Some(client));
        assert!(!given.contains_key(CLIENT));
    }
    for bad in ["", "203.0.113.7", "203.0.113.7 ftp", "chat https", " https", "203.0.113.7  https"] {
        assert_eq!(take(&mut headers(&[("x-chinwag-client", bad)])), None, "{bad}");
    }
}
