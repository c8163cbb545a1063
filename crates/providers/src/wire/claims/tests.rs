use proptest::prelude::*;
use serde_json::json;

use super::*;

const EXPECTED: Expected<'_> = Expected {
    issuer: "https://issuer.example",
    client_id: "chinwag",
    nonce: "n-0S6_WzA2Mj",
    now: 1_000_000.0,
};

fn claims() -> Value {
    json!({
        "iss": "https://issuer.example",
        "sub": "24400320",
        "aud": "chinwag",
        "nonce": "n-0S6_WzA2Mj",
        "exp": 1_000_300,
        "iat": 1_000_000,
    })
}

fn check(more: &Value) -> Result<(), &'static str> {
    let mut claims = claims();
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let read = Claims::read(claims.to_string().as_bytes()).map_err(|_| "unreadable")?;
    read.check(&EXPECTED).map_err(|fault| match fault {
        ClaimsFault::Invalid(_) => "invalid",
        ClaimsFault::Clocks(_) => "clocks",
    })
}

#[test]
fn what_must_be_there_is_there_and_right() {
    for (more, outcome) in [
        (json!({}), Ok(())),
        (json!({"iss": "https://issuer.example/"}), Err("invalid")),
        (json!({"iss": null}), Err("unreadable")),
        (json!({"sub": 24400320}), Err("unreadable")),
        (json!({"aud": "another"}), Err("invalid")),
        (json!({"aud": []}), Err("invalid")),
        (json!({"aud": {"chinwag": 1}}), Err("unreadable")),
        (json!({"aud": ["chinwag"]}), Ok(())),
        (json!({"aud": ["another", "chinwag"]}), Err("invalid")),
        (json!({"aud": ["another", "chinwag"], "azp": "chinwag"}), Ok(())),
        (json!({"aud": ["another", "chinwag"], "azp": "another"}), Err("invalid")),
        (json!({"azp": "chinwag"}), Ok(())),
        (json!({"azp": "another"}), Err("invalid")),
        (json!({"nonce": "n-0S6_WzA2Mk"}), Err("invalid")),
        (json!({"nonce": null}), Err("invalid")),
        (json!({"nonce": ""}), Err("invalid")),
        (json!({"exp": null}), Err("unreadable")),
        (json!({"iat": null}), Err("unreadable")),
        (json!({"exp": "1000300"}), Err("unreadable")),
    ] {
        assert_eq!(check(&more), outcome, "{more}");
    }
}

#[test]
fn clocks_may_differ_by_a_minute() {
    for (more, outcome) in [
        (json!({"exp": 999_941}), Ok(())),
        (json!({"exp": 999_940}), Err("clocks")),
        (json!({"iat": 1_000_060}), Ok(())),
        (json!({"iat": 1_000_061, "exp": 1_000_400}), Err("clocks")),
        (json!({"nbf": 1_000_060}), Ok(())),
        (json!({"nbf": 1_000_061}), Err("clocks")),
        (json!({"nbf": null}), Ok(())),
        (json!({"iat": 999_999.5, "exp": 1_000_300.25}), Ok(())),
        (json!({"iat": 0, "exp": 1e18}), Ok(())),
        (json!({"exp": -1}), Err("clocks")),
    ] {
        assert_eq!(check(&more), outcome, "{more}");
    }
}

#[test]
fn a_claim_twice_is_refused() {
    let twice = claims().to_string().replacen('{', r#"{"sub":"another","#, 1);
    assert!(Claims::read(twice.as_bytes()).is_err());
    let twice = claims().to_string().replacen('{', r#"{"email":"a@b","email":"c@d","#, 1);
    assert!(Claims::read(twice.as_bytes()).is_err());
}

fn told(profile: Profile) -> Person {
    let mut person = Person::new("i", "s").unwrap();
    profile.tell(&mut person);
    person
}

fn profile(profile: Value) -> Profile {
    serde_json::from_value(profile).unwrap()
}

#[test]
fn what_is_said_about_somebody() {
    let person = told(profile(json!({
        "name": "Jane Doe", "preferred_username": "j.doe", "email": "janedoe@example.com", "email_verified": true,
    })));
    assert_eq!((person.name.as_deref(), person.handle.as_deref()), (Some("Jane Doe"), Some("j.doe")));
    assert_eq!(person.email, Email::new("janedoe@example.com", true));
    let strange =
        told(profile(json!({"name": 7, "preferred_username": [], "email": {}, "email_verified": 1})));
    assert_eq!((strange.name, strange.handle, strange.email), (None, None, None));
}

#[test]
fn only_true_is_verified() {
    for (verified, means) in [
        (json!(true), true),
        (json!("true"), true),
        (json!(false), false),
        (json!("false"), false),
        (json!("True"), false),
        (json!("yes"), false),
        (json!(1), false),
        (json!(null), false),
        (json!([true]), false),
    ] {
        let person = told(profile(json!({"email": "a@b", "email_verified": verified})));
        assert_eq!(person.email, Email::new("a@b", means), "{verified}");
    }
    assert_eq!(told(profile(json!({"email": "a@b"}))).email, Email::new("a@b", false));
}

#[test]
fn an_address_and_whether_it_is_verified_come_from_one_place() {
    let both = |one: Value, other: Value| told(profile(one).or(profile(other)));
    let unverified = json!({"email": "mine@b", "email_verified": false});
    assert_eq!(
        both(unverified, json!({"email": "other@b", "email_verified": true})).email,
        Email::new("mine@b", false)
    );
    assert_eq!(
        both(json!({"email": "mine@b"}), json!({"email_verified": true})).email,
        Email::new("mine@b", false),
        "of which address?"
    );
    assert_eq!(
        both(json!({"email_verified": true}), json!({"email": "other@b"})).email,
        Email::new("other@b", false)
    );
    assert_eq!(
        both(json!({"name": "a"}), json!({"name": "b", "preferred_username": "c", "email": "d@e"})),
        Person {
            issuer: "i".to_owned(),
            subject: "s".to_owned(),
            name: Some("a".to_owned()),
            handle: Some("c".to_owned()),
            email: Email::new("d@e", false),
        }
    );
}

#[test]
fn more_is_asked_for_only_if_there_can_be_more() {
    let all = json!({"name": "a", "preferred_username": "b", "email": "c@d", "email_verified": false});
    assert!(!profile(all.clone()).is_incomplete(true));
    for missing in ["name", "preferred_username", "email", "email_verified"] {
        let mut some = all.clone();
        some.as_object_mut().unwrap().remove(missing);
        assert!(profile(some.clone()).is_incomplete(true), "{missing}");
        assert_eq!(profile(some).is_incomplete(false), missing != "preferred_username", "{missing}");
    }
}

proptest! {
    #[test]
    fn nothing_wrong_gets_through(name in "iss|sub|aud|azp|exp|iat|nbf|nonce", value in "[a-z0-9]{0,8}|-?[0-9]{1,20}|1e[0-9]{1,3}|null|true") {
        let text = if value.starts_with(|c: char| c.is_ascii_alphabetic()) && value != "null" && value != "true" { format!("\"{value}\"") } else { value };
        let Ok(value) = serde_json::from_str::<Value>(&text) else { return Ok(()) };
        let mut claims = claims();
        claims[&name] = value;
        let Ok(read) = Claims::read(claims.to_string().as_bytes()) else { return Ok(()) };
        if read.check(&EXPECTED).is_ok() {
            prop_assert_eq!(read.iss, EXPECTED.issuer);
            prop_assert_eq!(read.nonce.as_deref(), Some(EXPECTED.nonce));
            prop_assert!(read.exp.as_f64().unwrap() > EXPECTED.now - LEEWAY);
            prop_assert!(read.iat.as_f64().unwrap() <= EXPECTED.now + LEEWAY);
        }
    }
}
