use super::*;

fn headers(name: &header::HeaderName, values: &[&str]) -> HeaderMap {
    values.iter().map(|value| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
}

/// The session's token that a request shows.
fn session(headers: &HeaderMap, https: bool) -> Option<Token> {
    match credential(headers, https)? {
        Credential::Session(token) => Some(token),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_session_is_given_found_and_taken_back() {
    let token = Token::random().unwrap();
    let given = give(&token, Duration::from_secs(60), true).unwrap();
    let given = given.to_str().unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=60"] {
        assert!(given.contains(part), "{given}");
    }
    let pair = given.split(';').next().unwrap();
    let given = headers(&header::COOKIE, &["other=1; x", pair]);
    assert_eq!(session(&given, true).unwrap().key(), token.key());
    assert!(pair.starts_with("__Host-"));
    assert!(session(&given, false).is_none());
    // What somebody has set by plain HTTP is nothing by HTTPS.
    let plain = give(&token, Duration::from_secs(60), false).unwrap();
    let plain = plain.to_str().unwrap().split(';').next().unwrap().to_owned();
    assert!(session(&headers(&header::COOKIE, &[&plain]), true).is_none());
    assert!(session(&headers(&header::COOKIE, &[&plain]), false).is_some());
    assert!(take_back(false).unwrap().to_str().unwrap().contains("Max-Age=0"));
}

#[test]
fn a_bearer_comes_first_and_rubbish_is_nobody() {
    let token = Token::random().unwrap();
    let mut both = headers(&header::AUTHORIZATION, &[&format!("bearer {}", token.expose())]);
    both.insert(header::COOKIE, HeaderValue::from_static("chinwag_session=x"));
    assert_eq!(session(&both, false).unwrap().key(), token.key());
    let mut behind_proxy = headers(&header::AUTHORIZATION, &["Basic abc"]);
    assert!(session(&behind_proxy, false).is_none());
    let cookie = format!("chinwag_session={}", token.expose());
    behind_proxy.insert(header::COOKIE, HeaderValue::from_str(&cookie).unwrap());
    assert_eq!(session(&behind_proxy, false).unwrap().key(), token.key());
    assert!(session(&headers(&header::COOKIE, &["chinwag_session=../../etc"]), false).is_none());
}

#[test]
fn in_the_cookie_nothing_counts_but_a_session() {
    let access = Token::random_access().unwrap();
    for token in [access.expose(), "e30.e30.AA"] {
        let bearer = headers(&header::AUTHORIZATION, &[&format!("Bearer {token}")]);
        assert!(!matches!(credential(&bearer, false), None | Some(Credential::Session(_))), "{token}");
        let cookie = headers(&header::COOKIE, &[&format!("chinwag_session={token}")]);
        assert!(credential(&cookie, false).is_none(), "{token}");
    }
}
