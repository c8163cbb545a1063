use super::*;

fn headers(name: &header::HeaderName, values: &[&str]) -> HeaderMap {
    values.iter().map(|value| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
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
    let found = session_token(&headers(&header::COOKIE, &["other=1; x", pair])).unwrap();
    assert_eq!(found.key(), token.key());
    assert!(take_back(false).unwrap().to_str().unwrap().contains("Max-Age=0"));
}

#[test]
fn a_bearer_comes_first_and_rubbish_is_nobody() {
    let token = Token::random().unwrap();
    let mut both = headers(&header::AUTHORIZATION, &[&format!("bearer {}", token.expose())]);
    both.insert(header::COOKIE, HeaderValue::from_static("chinwag_session=x"));
    assert_eq!(session_token(&both).unwrap().key(), token.key());
    let mut behind_proxy = headers(&header::AUTHORIZATION, &["Basic abc"]);
    assert!(session_token(&behind_proxy).is_none());
    let cookie = format!("chinwag_session={}", token.expose());
    behind_proxy.insert(header::COOKIE, HeaderValue::from_str(&cookie).unwrap());
    assert_eq!(session_token(&behind_proxy).unwrap().key(), token.key());
    assert!(session_token(&headers(&header::COOKIE, &["chinwag_session=../../etc"])).is_none());
}
