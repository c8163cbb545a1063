//! Tokens: the text that somebody shows, and the claims of a short-lived one. Input: the text; or after a first byte of 0 the
//! claims as JSON, with the time in the eight bytes before them.
#![no_main]

use std::time::Duration;

use chinwag_model::token::{
    ACCESS_PREFIX, Claims, Expected, LONGEST_SECONDS, Presented, SECRET_CHARS, SHORT_BYTES,
};
use chinwag_model::{Millis, Scopes};
use libfuzzer_sys::fuzz_target;

const ISSUER: &str = "https://a";

fuzz_target!(|input: &[u8]| {
    if let Some((&0, rest)) = input.split_first() {
        if let Some((time, json)) = rest.split_first_chunk() {
            claims(json, Millis(i64::from_le_bytes(*time)));
        }
    } else if let Ok(text) = std::str::from_utf8(input) {
        presented(text);
    }
});

fn presented(text: &str) {
    let scopes = Scopes::of_words(text);
    assert_eq!(Scopes::of_words(&scopes.to_string()), scopes);
    let Some(token) = Presented::parse(text) else { return };
    let (Presented::Session(kept) | Presented::Access(kept) | Presented::Short(kept)) = token;
    assert_eq!(kept, text);
    assert!(text.bytes().all(|byte| byte.is_ascii_graphic()));
    match token {
        Presented::Session(_) => assert_eq!(text.len(), SECRET_CHARS),
        Presented::Access(_) => assert_eq!(text.len(), ACCESS_PREFIX.len() + SECRET_CHARS),
        Presented::Short(_) => assert!(text.len() <= SHORT_BYTES && text.matches('.').count() == 2),
    }
    assert!(!format!("{token:?}").contains(text), "nothing of it is shown");
}

fn claims(json: &[u8], now: Millis) {
    let Ok(claims) = serde_json::from_slice::<Claims>(json) else { return };
    let written = serde_json::to_string(&claims).unwrap();
    assert_eq!(serde_json::from_str::<Claims>(&written).unwrap(), claims);
    for ahead in [Duration::ZERO, Duration::from_secs(60), Duration::MAX] {
        if claims.check(Expected { issuer: ISSUER, now, ahead }).is_ok() {
            assert_eq!((claims.iss.as_str(), claims.aud.as_str()), (ISSUER, ISSUER));
            assert!(claims.ends_at() > now, "none is good after its end");
            assert!(claims.exp - claims.iat <= LONGEST_SECONDS);
        }
    }
}
