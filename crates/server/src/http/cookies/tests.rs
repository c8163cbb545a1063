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
    let given = headers(&header::COOKIE, &["other=1; x", pair]);
    assert_eq!(session_token(&given, true).unwrap().key(), token.key());
    assert!(pair.starts_with("__Host-"));
    assert!(session_token(&given, false).is_none());
    // What somebody has set by plain HTTP is nothing by HTTPS.
    let plain = give(&token, Duration::from_secs(60), false).unwrap();
    let plain = plain.to_str().unwrap().split(';').next().unwrap().to_owned();
    assert!(session_token(&headers(&header::COOKIE, &[&plain]), true).is_none());
    assert!(session_token(&headers(&header::COOKIE, &[&plain]), false).is_some());
    assert!(take_back(false).unwrap().to_str().unwrap().contains("Max-Age=0"));
}

#[test]
fn a_bearer_comes_first_and_rubbish_is_nobody() {
    let token = Token::random().unwrap();
    let mut both = headers(&header::AUTHORIZATION, &[&format!("bearer {}", token.expose())]);
    both.insert(header::COOKIE, HeaderValue::from_static("chinwag_session=x"));
    assert_eq!(session_token(&both, false).unwrap().key(), token.key());
    let mut behind_proxy = headers(&header::AUTHORIZATION, &["Basic abc"]);
    assert!(session_token(&behind_proxy, false).is_none());
    let cookie = format!("chinwag_session={}", token.expose());
    behind_proxy.insert(header::COOKIE, HeaderValue::from_str(&cookie).unwrap());
    assert_eq!(session_token(&behind_proxy, false).unwrap().key(), token.key());
    assert!(session_token(&headers(&header::COOKIE, &["chinwag_session=../../etc"]), false).is_none());
}
