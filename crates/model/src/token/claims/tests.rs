use serde_json::{Value, json};

use super::*;
use crate::Scope;

const NOW: u64 = 1_800_000_000;
const HERE: &str = "https://chat.example.org";

fn claims() -> Claims {
    let parent = SessionKey([7; 32]);
    Claims {
        iss: HERE.into(),
        aud: HERE.into(),
        sub: UserId(Uuid::from_u128(1)),
        parent,
        client_id: parent.id(),
        scopes: [Scope::Read, Scope::Post].into_iter().collect(),
        iat: NOW,
        nbf: None,
        exp: NOW + 600,
        jti: Uuid::from_u128(2),
    }
}

fn expected(now: u64) -> Expected<'static> {
    Expected { issuer: HERE, now: at(now), ahead: Duration::ZERO }
}

#[test]
fn they_are_written_as_the_rfc_has_them_and_read_again() {
    let written = serde_json::to_value(claims()).unwrap();
    assert_eq!(
        written,
        json!({
            "iss": HERE, "aud": HERE, "sub": "00000000-0000-0000-0000-000000000001",
            "sid": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
            "client_id": "07070707-0707-0707-0707-070707070707",
            "scope": "read post", "iat": NOW, "exp": NOW + 600, "jti": "00000000-0000-0000-0000-000000000002",
        })
    );
    let mut more = written;
    more["what_a_newer_version_says"] = json!([1]);
    more["scope"] = json!("read fly post");
    assert_eq!(serde_json::from_value::<Claims>(more).unwrap(), claims());
}

#[test]
fn what_is_of_another_form_is_not_read() {
    let good = serde_json::to_value(claims()).unwrap();
    let cases: [(&str, Value); 10] = [
        ("iss", json!([HERE])),
        ("aud", json!([HERE])),
        ("aud", Value::Null),
        ("sub", json!("Ada")),
        ("sid", json!("BwcHBwcHBwcHBwcHBwcHBw")),
        ("sid", json!("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwd=")),
        ("scope", json!(["read"])),
        ("exp", json!(-1)),
        ("exp", json!(1e3)),
        ("iat", json!("1800000000")),
    ];
    for (name, value) in cases {
        let mut bad = good.clone();
        bad[name] = value;
        assert!(serde_json::from_value::<Claims>(bad.clone()).is_err(), "{bad}");
    }
    for name in ["iss", "aud", "sub", "sid", "client_id", "scope", "iat", "exp", "jti"] {
        let mut bad = good.clone();
        bad.as_object_mut().unwrap().remove(name);
        assert!(serde_json::from_value::<Claims>(bad).is_err(), "without {name}");
    }
}

#[test]
fn the_right_ones_are_believed_until_their_end() {
    for now in [NOW, NOW + 599] {
        assert_eq!(claims().check(expected(now)), Ok(()));
    }
    let last = Millis(at(NOW + 600).0 - 1);
    assert_eq!(claims().check(Expected { now: last, ..expected(NOW) }), Ok(()));
    assert_eq!(claims().check(expected(NOW + 600)), Err(Fault::Expired));
    // However far clocks may be apart.
    let apart = Expected { ahead: Duration::from_secs(60), ..expected(NOW + 600) };
    assert_eq!(claims().check(apart), Err(Fault::Expired));
}

#[test]
fn each_fault_is_found() {
    let check = |change: fn(&mut Claims)| {
        let mut claims = claims();
        change(&mut claims);
        claims.check(expected(NOW))
    };
    assert_eq!(check(|claims| claims.iss.push('/')), Err(Fault::Elsewhere));
    assert_eq!(check(|claims| claims.aud.clear()), Err(Fault::Elsewhere));
    assert_eq!(check(|claims| claims.iat += 1), Err(Fault::TooEarly));
    assert_eq!(check(|claims| claims.nbf = Some(NOW + 1)), Err(Fault::TooEarly));
    assert_eq!(check(|claims| claims.exp = claims.iat), Err(Fault::Lasting));
    assert_eq!(check(|claims| claims.exp = claims.iat - 1), Err(Fault::Lasting));
    assert_eq!(check(|claims| claims.exp = claims.iat + LONGEST_SECONDS), Ok(()));
    assert_eq!(check(|claims| claims.exp = claims.iat + LONGEST_SECONDS + 1), Err(Fault::Lasting));
    assert_eq!(check(|claims| claims.exp = u64::MAX), Err(Fault::Lasting));
    // It is told that one has expired only of one that was good.
    let old = |change: fn(&mut Claims)| {
        let mut claims = claims();
        change(&mut claims);
        claims.check(expected(NOW + 100_000))
    };
    assert_eq!(old(|_| {}), Err(Fault::Expired));
    assert_eq!(old(|claims| claims.aud.clear()), Err(Fault::Elsewhere));
    assert_eq!(old(|claims| claims.iat = 0), Err(Fault::Lasting));
}

#[test]
fn a_clock_may_be_ahead_by_so_much() {
    let apart = |now| Expected { ahead: Duration::from_secs(60), ..expected(now) };
    assert_eq!(claims().check(apart(NOW - 60)), Ok(()));
    assert_eq!(claims().check(apart(NOW - 61)), Err(Fault::TooEarly));
    let far = Claims { iat: u64::MAX - 10, exp: u64::MAX, ..claims() };
    assert_eq!(far.check(apart(NOW)), Err(Fault::TooEarly));
}
