use super::{Listen, parse_list, parse_optional};

fn parse(list: &[&str]) -> Result<Vec<String>, String> {
    let list: Vec<String> = list.iter().map(|&text| text.to_owned()).collect();
    parse_list(&list).map(|places| places.iter().map(ToString::to_string).collect())
}

#[test]
fn places_are_addresses_with_ports_or_localhost() {
    let places = ["127.0.0.1:3000", "[::1]:3001", "localhost:3002", "0.0.0.0:80", "[::]:80"];
    assert_eq!(parse(&places).unwrap(), places);
    assert_eq!(parse_optional("LocalHost:9"), Ok(Some(Listen::Localhost(9))));
    assert_eq!(parse_optional(""), Ok(None));
}

#[test]
fn anything_else_is_refused() {
    for text in [
        "nonsense",
        "3000",
        ":3000",
        "127.0.0.1",
        "::1:3000",
        "localhost",
        "localhost:",
        "localhost:+1",
        "localhost:65536",
        "example.org:80",
        "http://localhost:3000",
        "",
    ] {
        assert_eq!(parse(&[text]), Err(text.to_owned()));
    }
    assert!(parse(&[]).is_err());
}

#[test]
fn one_place_cannot_be_taken_twice() {
    assert!(parse(&["127.0.0.1:3000", "127.0.0.1:3000"]).is_err());
    assert!(parse(&["localhost:3000", "[::1]:3000"]).is_err());
    assert!(parse(&["127.0.0.1:3000", "localhost:3000"]).is_err());
    assert!(parse(&["127.0.0.1:3000", "[::1]:3000", "localhost:3001"]).is_ok());
    assert!(parse(&["127.0.0.1:0", "127.0.0.1:0"]).is_ok(), "any free port is another each time");
}

#[test]
fn what_only_this_machine_reaches_is_known() {
    for (text, local) in
        [("localhost:1", true), ("127.1.2.3:1", true), ("[::1]:1", true), ("0.0.0.0:1", false)]
    {
        assert_eq!(parse_optional(text).unwrap().unwrap().is_local(), local, "{text}");
    }
}
