use super::*;

#[test]
fn scopes_are_known_by_words_and_by_bits() {
    for scope in Scope::ALL {
        assert_eq!(Scope::parse(scope.as_str()), Some(scope));
        let alone: Scopes = [scope].into_iter().collect();
        assert_eq!(Scopes::from_bits(alone.bits()), alone);
        assert_eq!(
            Scope::ALL.into_iter().filter(|other| alone.contains(*other)).collect::<Vec<_>>(),
            [scope]
        );
    }
    assert_eq!(Scope::parse("Read"), None);
    assert_eq!(Scope::parse(""), None);
    // What a newer version has added says nothing here.
    assert_eq!(Scopes::from_bits(u32::MAX), Scope::ALL.into_iter().collect());
    assert!(Scopes::from_bits(1 << 31).is_empty());
}

#[test]
fn they_are_a_list_of_words_in_json() {
    let scopes: Scopes = serde_json::from_str(r#"["post","read","post"]"#).unwrap();
    assert_eq!(scopes.to_string(), "read post");
    assert_eq!(serde_json::to_string(&scopes).unwrap(), r#"["read","post"]"#);
    let refused = serde_json::from_str::<Scopes>(r#"["everything"]"#).unwrap_err();
    assert!(
        refused.to_string().contains("scopes are read, post, rooms, profile, administration"),
        "{refused}"
    );
}

#[test]
fn they_are_words_in_a_text() {
    let some: Scopes = [Scope::Post, Scope::Read].into_iter().collect();
    assert_eq!(Scopes::of_words(&some.to_string()), some);
    assert_eq!(Scopes::of_words("post everything read  post"), some, "what is not known is left out");
    assert!(Scopes::of_words("").is_empty());
    assert_eq!(Scopes::all().first_beyond(some), Some(Scope::Rooms));
    assert_eq!(some.first_beyond(Scopes::all()), None);
}
