use chinwag_providers::Email;

use super::*;

fn person(handle: Option<&str>, name: Option<&str>, email: Option<(&str, bool)>) -> Person {
    Person {
        issuer: "https://id.example".into(),
        subject: "1".into(),
        name: name.map(Into::into),
        handle: handle.map(Into::into),
        email: email.map(|(address, verified)| Email { address: address.into(), verified }),
    }
}

#[test]
fn the_first_name_that_can_be_one_is_suggested() {
    let ann = ("ann@example.org", true);
    for (person, suggested) in [
        (person(Some("octocat"), Some("Ann Bly"), Some(ann)), Some("octocat")),
        (person(None, Some("Ann Bly"), Some(ann)), Some("Ann Bly")),
        (person(Some("\u{202e}"), None, Some(ann)), Some("ann")),
        (person(Some(&"x".repeat(200)), None, None), None),
        (person(None, None, None), None),
    ] {
        assert_eq!(suggested_name(&person).as_deref(), suggested, "{person:?}");
    }
}

#[test]
fn an_address_that_is_not_verified_is_not_shown_as_theirs() {
    assert_eq!(identity_of(&person(None, None, Some(("ann@example.org", false)))).name, "1");
    assert_eq!(identity_of(&person(None, None, Some(("ann@example.org", true)))).name, "ann@example.org");
    assert_eq!(identity_of(&person(Some("octocat"), Some("Ann"), None)).name, "octocat");
}
