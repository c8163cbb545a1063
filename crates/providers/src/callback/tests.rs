use proptest::prelude::*;

use super::*;

const STATE: &str = "xyz";

fn code(query: &str, issuer: Issuer<'_>) -> Result<String, ProviderError> {
    let callback = Callback::parse(query)?;
    let code = callback.code(STATE, &issuer).map_err(|failure| failure.error)?;
    Ok(code.expose().to_owned())
}

/// RFC 6749, section 4.1.2, and what Google adds.
#[test]
fn a_code_is_taken() {
    let query = "code=SplxlOBeZQQYbYS6WxSbIA&state=xyz";
    assert_eq!(code(query, Issuer::Unknown).as_deref(), Ok("SplxlOBeZQQYbYS6WxSbIA"));
    let google =
        "state=xyz&code=4%2F0AVG7fiQ&scope=email+profile+openid&authuser=0&hd=example.org&prompt=consent";
    assert_eq!(code(google, Issuer::Unknown).as_deref(), Ok("4/0AVG7fiQ"));
    assert_eq!(Callback::parse(google).unwrap().state(), Some("xyz"));
}

#[test]
fn the_state_is_compared() {
    assert_eq!(code("code=a&state=xyZ", Issuer::Unknown), Err(ProviderError::StateUnknown));
    assert_eq!(code("code=a&state=xyzz", Issuer::Unknown), Err(ProviderError::StateUnknown));
    assert_eq!(code("error=access_denied&state=other", Issuer::Unknown), Err(ProviderError::StateUnknown));
}

/// RFC 9207, section 2.4.
#[test]
fn the_issuer_is_compared_where_it_is_named() {
    let (with, without) = ("code=a&state=xyz&iss=https%3A%2F%2Fhonest.example", "code=a&state=xyz");
    let honest = "https://honest.example";
    assert!(code(with, Issuer::NamedMaybe(honest)).is_ok());
    assert!(code(with, Issuer::NamedAlways(honest)).is_ok());
    assert!(code(without, Issuer::NamedMaybe(honest)).is_ok());
    assert!(code(with, Issuer::Unknown).is_ok());
    for other in ["https://honest.example/", "https://attacker.example"] {
        assert_eq!(code(with, Issuer::NamedMaybe(other)), Err(ProviderError::CallbackInvalid));
        assert_eq!(code(with, Issuer::NamedAlways(other)), Err(ProviderError::CallbackInvalid));
    }
    assert_eq!(code(without, Issuer::NamedAlways(honest)), Err(ProviderError::CallbackInvalid));
    let denied = "error=access_denied&state=xyz&iss=https://attacker.example";
    assert_eq!(code(denied, Issuer::NamedMaybe(honest)), Err(ProviderError::CallbackInvalid));
}

#[test]
fn what_providers_send_instead_of_a_code_has_a_meaning() {
    let github = "error=access_denied&error_description=The+user+has+denied+your+application+access.\
                  &error_uri=https%3A%2F%2Fdocs.github.com&state=xyz";
    let facebook =
        "error_reason=user_denied&error=access_denied&error_description=Permissions+error.&state=xyz";
    for refused in [github, facebook, "error=consent_required&state=xyz", "error=login_required&state=xyz"] {
        assert_eq!(code(refused, Issuer::Unknown), Err(ProviderError::Refused), "{refused}");
    }
    assert_eq!(code("error=server_error&state=xyz", Issuer::Unknown), Err(ProviderError::Unavailable));
    for wrong in ["redirect_uri_mismatch", "application_suspended", "invalid_scope", "whatever"] {
        let query = format!("error={wrong}&state=xyz");
        assert_eq!(code(&query, Issuer::Unknown), Err(ProviderError::Misconfigured));
    }
}

#[test]
fn an_error_without_a_state_can_still_be_told() {
    let callback = Callback::parse("error=access_denied").unwrap();
    assert_eq!((callback.state(), callback.without_pending()), (None, ProviderError::Refused));
    let callback = Callback::parse("code=a&state=b").unwrap();
    assert_eq!(callback.without_pending(), ProviderError::StateUnknown);
}

#[test]
fn what_is_not_right_is_refused() {
    let long = |name: &str, bytes: usize| format!("code=a&state=b&{name}={}", "x".repeat(bytes));
    let many: String = (0..PARAMETERS).map(|number| format!("&p{number}=1")).collect();
    for bad in [
        "",
        "state=b",
        "code=a",
        "code=&state=b",
        "code=a&state=",
        "code=a&error=access_denied&state=b",
        "code=a&code=a&state=b",
        "code=a&state=b&state=c",
        "code=a&state=b&scope=x&scope=x",
        "code=a%0Ab&state=b",
        "code=a&state=b%20c",
        "code=%C3%BC&state=b",
        "code=%FF&state=b",
        "code=a&state=b&iss=",
        "error=a%00b&state=b",
        &long("iss", ISSUER_BYTES + 1),
        &long("unknown", QUERY_BYTES),
        &format!("code={}&state=b", "x".repeat(CODE_BYTES + 1)),
        &format!("code=a&state={}", "x".repeat(STATE_BYTES + 1)),
        &format!("code=a&state=b{many}"),
    ] {
        assert_eq!(Callback::parse(bad).err(), Some(ProviderError::CallbackInvalid), "{bad}");
    }
}

#[test]
fn the_code_is_not_shown() {
    let shown = format!("{:?}", Callback::parse("code=the-code&state=b").unwrap());
    assert!(!shown.contains("the-code"), "{shown}");
}

proptest! {
    #[test]
    fn whatever_is_read_is_within_bounds(query in "(code|state|error|iss|error_description|[a-z%&=+]){0,8}(=[ -~é]{0,20}&?){0,6}") {
        if let Ok(callback) = Callback::parse(&query) {
            prop_assert!(callback.state().is_none_or(|state| state.bytes().all(|b| b.is_ascii_graphic())));
            let sentence = callback.without_pending().to_string();
            prop_assert!(sentence.ends_with('.'));
        }
    }

    #[test]
    fn a_code_comes_out_as_it_went_in(code in "[ -~]{1,60}", state in "[!-~]{1,60}") {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("code", &code)
            .append_pair("state", &state)
            .finish();
        let callback = Callback::parse(&query).unwrap();
        prop_assert_eq!(callback.state(), Some(&*state));
        prop_assert_eq!(callback.code(&state, &Issuer::Unknown).unwrap().expose(), &*code);
    }
}
